// The native engine and PyTorch in turn, so that whatever else the machine does falls on both alike.
//   node bench/peers/compare.mjs [--task train|sample] [--batch 256] [--threads 1] [--rounds 3] [--python python3]
//     [--only full,padded] [--precision bfloat16] [--compile] [--amp] [--draws 100]
// --precision is of the native engine; --compile and --amp are what PyTorch is run with. --draws are of each event in
// sampling, whose batch holds so many fewer events.
// Prints JSON: of each contestant the median events per second and the peak memory, of each pair the median of the
// ratios within a round, and how many cores were busy with other work meanwhile: near 0 if the machine was idle. What
// was measured beside other work is measured again, up to --attempts times, and the quietest counts.
import { spawnSync } from 'node:child_process';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../shared/median.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    task: { type: 'string', default: 'train' },
    batch: { type: 'string', default: '256' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '10' },
    warmup: { type: 'string', default: '10' },
    attempts: { type: 'string', default: '3' },
    draws: { type: 'string', default: '1', description: 'draws of each event, which is encoded once' },
    precision: { type: 'string', description: 'of the native engine: float32 or bfloat16' },
    compile: { type: 'boolean', default: false, description: 'PyTorch with torch.compile' },
    amp: { type: 'boolean', default: false, description: 'PyTorch with autocast to bfloat16' },
    only: { type: 'string', description: 'contestants, separated by commas; default all' },
    python: { type: 'string', default: 'python3' },
  },
});
const { task, batch, threads, steps, warmup, draws, python } = options;
const size = ['--batch', batch, '--threads', threads];

// The native engine never computes padding, so work is equal where every slot holds an object.
const tasks = {
  train: {
    contestants: {
      full: native('train-step', '--steps', steps, '--warmup', warmup, '--full'),
      packed: native('train-step', '--steps', steps, '--warmup', warmup),
      padded: torch('padded'),
      longest: torch('longest'),
      valid: torch('valid'),
    },
    pairs: {
      'equal padded work': ['full', 'padded'],
      'packed against padded to the longest': ['packed', 'longest'],
      'packed against padded to 23': ['packed', 'padded'],
      'packed against valid tokens only': ['packed', 'valid'],
    },
  },
  sample: {
    contestants: {
      packed: native('sample', '--repeats', steps, '--draws', draws),
      longest: torch('longest'),
      padded: torch('padded'),
    },
    pairs: {
      'packed against padded to the longest': ['packed', 'longest'],
      'packed against padded to 23': ['packed', 'padded'],
    },
  },
};
if (!(task in tasks)) stop(`unknown --task ${task}: expected train or sample`);
const chosen = options.only?.split(',') ?? Object.keys(tasks[task].contestants);
const contestants = pick(tasks[task].contestants, (name) => chosen.includes(name));
const pairs = pick(tasks[task].pairs, (_, pair) => pair.every((name) => chosen.includes(name)));

const rounds = Array.from({ length: Number(options.rounds) }, () => forEach(contestants, measureQuietly));
const all = (name, of) => rounds.map((round) => of(round[name]));
const ratios = (pair, of) => median(rounds.map((round) => of(round[pair[0]]) / of(round[pair[1]])));
const result = {
  contestants: forEach(contestants, (_, name) => ({
    engine: rounds[0][name].engine,
    eventsPerSecond: median(all(name, speed)),
    fastestMs: Math.min(...all(name, ({ fastestMs }) => fastestMs)),
    peakMemoryBytes: median(all(name, memory)),
    coresBusyElsewhere: Math.max(...all(name, ({ coresBusyElsewhere }) => coresBusyElsewhere)),
  })),
  ratios: forEach(pairs, (pair) => ({ speed: ratios(pair, speed), memory: ratios(pair, memory) })),
};
console.log(JSON.stringify({ ...options, ...result }));

function native(name, ...args) {
  const command = [process.execPath, join(here, '../run.mjs'), name, '--engine', 'native', '--json'];
  const precision = options.precision ? ['--precision', options.precision] : [];
  return { command: [...command, ...size, ...precision, ...args], variables: {} };
}

// PyTorch's own threads and those of its library of linear algebra, which must not be more.
function torch(mode) {
  const fast = ['compile', 'amp'].filter((option) => options[option]).map((option) => `--${option}`);
  const args = ['--task', task, '--mode', mode, '--steps', steps, '--draws', draws, ...fast];
  return {
    command: [python, join(here, 'vld_torch.py'), ...size, ...args],
    variables: { OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads },
  };
}

function measureQuietly(contestant) {
  const QUIET = 0.15;
  let best;
  for (let attempt = 0; attempt < Number(options.attempts); attempt++) {
    const measured = measure(contestant);
    if (!best || measured.coresBusyElsewhere < best.coresBusyElsewhere) best = measured;
    if (best.coresBusyElsewhere < QUIET) break;
  }
  return best;
}

function measure({ command: [program, ...args], variables }) {
  const before = machine();
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...variables },
  });
  const after = machine();
  if (error || status !== 0) stop(error?.message ?? stderr);
  const measured = JSON.parse(stdout.trim().split('\n').at(-1));
  const elsewhere = after.busySeconds - before.busySeconds - measured.processorSeconds;
  const coresBusyElsewhere = elsewhere / (after.seconds - before.seconds);
  console.error(
    `${args.slice(1).join(' ')}: ${measured.eventsPerSecond.toFixed(0)} events/s (fastest step ` +
      `${measured.fastestMs.toFixed(0)} ms), ${coresBusyElsewhere.toFixed(2)} cores busy elsewhere`,
  );
  return { ...measured, coresBusyElsewhere };
}

/** Seconds that have passed, and that all cores together have worked. */
function machine() {
  const busy = cpus().map(({ times: { idle, ...rest } }) => Object.values(rest).reduce((sum, time) => sum + time, 0));
  return { seconds: performance.now() / 1000, busySeconds: busy.reduce((sum, time) => sum + time, 0) / 1000 };
}

function speed({ eventsPerSecond }) {
  return eventsPerSecond;
}

function memory({ peakMemoryBytes }) {
  return peakMemoryBytes;
}

function forEach(object, compute) {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, compute(value, name)]));
}

function pick(object, wanted) {
  return Object.fromEntries(Object.entries(object).filter(([name, value]) => wanted(name, value)));
}

function stop(message) {
  console.error(message);
  process.exit(1);
}

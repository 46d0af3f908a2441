// Training steps here and in PyTorch in turn, so that whatever else the machine does falls on both alike.
//   node bench/peers/compare.mjs [--batch 256] [--threads 1] [--rounds 5] [--python python3]
// Prints the median events per second of each and the median of the ratios within a round, as JSON.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '256' },
    threads: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '10' },
    python: { type: 'string', default: 'python3' },
  },
});
const common = ['--batch', values.batch, '--steps', values.steps, '--threads', values.threads];

// The native engine never computes padding, so only `valid` compares equal work; the others say what either user gets.
const pairs = {
  padded: [native('--slots', '23'), torch('padded')],
  longest: [native(), torch('longest')],
  valid: [native(), torch('valid')],
};

const rates = Object.fromEntries(Object.keys(pairs).map((name) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, [ours, theirs]] of Object.entries(pairs)) rates[name].push([measure(ours), measure(theirs)]);
}
const result = Object.entries(rates).map(([name, rounds]) => [
  name,
  {
    native: median(rounds.map(([ours]) => ours)),
    pytorch: median(rounds.map(([, theirs]) => theirs)),
    ratio: median(rounds.map(([ours, theirs]) => ours / theirs)),
  },
]);
console.log(JSON.stringify({ ...values, eventsPerSecond: Object.fromEntries(result) }));

function native(...args) {
  return [
    process.execPath,
    [join(here, '../run.mjs'), 'train-step', '--engine', 'native', '--json', ...common, ...args],
  ];
}

function torch(mode) {
  return [values.python, [join(here, 'vld_torch.py'), '--mode', mode, ...common]];
}

function measure([command, args]) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error || status !== 0) {
    console.error(error?.message ?? stderr);
    process.exit(1);
  }
  return JSON.parse(stdout.trim().split('\n').at(-1)).eventsPerSecond;
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

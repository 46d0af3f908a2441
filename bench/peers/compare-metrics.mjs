// The six distances here and in SciPy in turn, so that whatever else the machine does falls on both alike.
//   node bench/peers/compare-metrics.mjs [--events 1000000] [--particles 11] [--rounds 3] [--python python3]
// Prints the median seconds of each, by the clock and of processor time, and the medians of the ratios within a round
// (how many times longer SciPy takes), as JSON; fails unless the totals agree. Both sides have the same columns in
// memory when the clock starts. What each of SciPy's modes does stands in metrics_scipy.py.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../shared/median.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    particles: { type: 'string', default: '11' },
    rounds: { type: 'string', default: '3' },
    modes: { type: 'string', default: 'plain,presorted,fused' },
    python: { type: 'string', default: 'python3' },
  },
});
const modes = values.modes.split(',');
const folder = mkdtempSync(join(tmpdir(), 'unfold-metrics-'));
const common = ['--events', values.events, '--particles', values.particles];

try {
  run(ours('--write', folder));
  const rounds = Array.from({ length: Number(values.rounds) }, measureRound);
  const names = Object.keys(rounds[0]);
  const medians = (key) => Object.fromEntries(names.map((name) => [name, median(rounds.map((r) => r[name][key]))]));
  const ratios = (key) =>
    Object.fromEntries(
      modes.flatMap((mode) =>
        ['oneThread', 'twoThreads'].map((our) => [
          `${mode} / ${our}`,
          median(rounds.map((round) => round[mode][key] / round[our][key])),
        ]),
      ),
    );
  console.log(
    JSON.stringify({
      ...values,
      seconds: medians('seconds'),
      cpuSeconds: medians('cpuSeconds'),
      memoryMiB: medians('memoryMiB'),
      ratio: ratios('seconds'),
      cpuRatio: ratios('cpuSeconds'),
    }),
  );
} finally {
  rmSync(folder, { recursive: true });
}

function measureRound() {
  const round = { oneThread: run(ours('--threads', '1')), twoThreads: run(ours('--threads', '2')) };
  for (const mode of modes) round[mode] = run(scipy(mode));
  for (const [name, { totals }] of Object.entries(round)) checkTotals(name, totals, round.oneThread.totals);
  return round;
}

// Sums of millions of terms of either sign, in different orders.
function checkTotals(name, found, expected) {
  for (const [i, total] of found.entries())
    if (!(Math.abs(total - expected[i]) <= 1e-9 * Math.abs(expected[i]))) fail(`${name}: ${found}, not ${expected}`);
}

function ours(...args) {
  return [process.execPath, [join(here, '../run.mjs'), 'metrics', '--json', ...common, ...args]];
}

function scipy(mode) {
  const script = join(here, 'metrics_scipy.py');
  return [values.python, [script, '--folder', folder, '--particles', values.particles, '--mode', mode]];
}

function run([command, args]) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (error || status !== 0) fail(error?.message ?? stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

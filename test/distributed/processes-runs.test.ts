import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointStore, readCheckpoint } from '@unfold-zoo/core/training';
import test, { type ExecutionContext } from 'ava';
import { alone, shortTraining } from './launch.js';
import { COMMAND, newFolder, start } from './local-job.js';
import { readDraws } from './read-draws.js';
import { haveLogs } from './worker-logs.js';

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

const workers = (count: number): string[] => ['--set', `parallel={kind: processes, workers: ${count}}`];
const native = '{kind: native, threads: 1}';
const STEPS = 25;

/** Runs a command on so many workers, or without any in this process. It must succeed. */
async function succeeds(t: ExecutionContext, args: readonly string[], count = 1): Promise<string> {
  const all = count === 1 ? args : [...args, ...workers(count)];
  const { code, output } = await (count === 1 ? alone(folder, all) : start(folder, COMMAND, all).ended);
  t.is(code, 0, `unfold ${all.join(' ')}\n${output}`);
  return output;
}

async function refuses(t: ExecutionContext, args: readonly string[], message: RegExp): Promise<void> {
  const { code, output } = await start(folder, COMMAND, args).ended;
  t.is(code, 2, output);
  t.regex(output, message);
  t.is(output.trim().split('\n').length, 1, `said more than once:\n${output}`);
}

type Weights = ReadonlyMap<string, { readonly values: Float32Array }>;

const training = (out: string, engine: string, steps: number): string[] => [
  ...['train', 'tiny', ...shortTraining({ engine, steps })],
  ...['-o', out],
];

function weightsOf(out: string): Weights {
  return readCheckpoint(new CheckpointStore(join(folder, out)).find('latest')!).weights;
}

function distance(a: Weights, b: Weights): number {
  let sum = 0;
  for (const [name, { values }] of a) {
    const other = b.get(name)!.values;
    for (let i = 0; i < values.length; i++) sum += (values[i]! - other[i]!) ** 2;
  }
  return Math.sqrt(sum);
}

// The yardstick is the same training in one process on an engine that rounds differently.
test.serial('two local workers end where one does, to rounding, and each keeps a log', async (t) => {
  await succeeds(t, training('start', native, 1));
  await succeeds(t, training('one', native, STEPS));
  const output = await succeeds(t, training('two', native, STEPS), 2);
  await succeeds(t, training('other', '{kind: wasm}', STEPS));
  const one = weightsOf('one');
  const trained = distance(one, weightsOf('start'));
  const shared = distance(one, weightsOf('two')) / trained;
  const rounded = distance(one, weightsOf('other')) / trained;
  t.log(`${shared.toExponential(1)} of the way, between engines ${rounded.toExponential(1)}`);
  t.true(trained > 0 && rounded < 0.01, `rounding alone leads too far away to compare: ${rounded}`);
  t.true(shared < 4 * rounded, `${shared} of the way, between engines ${rounded}`);
  const two = { run: join(folder, 'two'), world: 2, steps: STEPS, output };
  haveLogs(t, two, /parallel: 2 workers on this machine$/);
});

// 64 events in batches of 10: the last is short, and not every worker has one in the last round.
test.serial('local workers draw bit for bit what one process draws', async (t) => {
  const sampling = ['sample', 'one', '--batch', '10', '--draws', '2', '--out'];
  await succeeds(t, [...sampling, 'whole.h5']);
  const output = await succeeds(t, [...sampling, 'shared.h5'], 3);
  t.is(output.match(/wrote /g)?.length, 1, output);
  t.deepEqual(await readDraws(join(folder, 'shared.h5')), await readDraws(join(folder, 'whole.h5')));
  t.false(existsSync(join(folder, 'shared.h5.parts')));
});

test.serial('a mistake is told once, and nothing is left of it', async (t) => {
  const args = ['train', 'tiny', ...shortTraining(), '-o', 'wrong'];
  await refuses(
    t,
    [...args, '--set', 'training.batchSize=25', ...workers(2)],
    /^invalid training\.batchSize: expected a multiple of the 2 workers, got 25$/m,
  );
  t.false(existsSync(join(folder, 'wrong')));
  const none = await alone(folder, [...args, ...workers(0)]);
  t.deepEqual([none.code, /parallel.*workers/.test(none.output)], [2, true], none.output);
  await refuses(t, ['train', 'tiny', ...shortTraining(), '-o', 'one', ...workers(2)], /^existing .*one: the folder is/);
  await refuses(t, ['sample', 'one', '--out', 'whole.h5', ...workers(2)], /^existing .*whole\.h5/);
});

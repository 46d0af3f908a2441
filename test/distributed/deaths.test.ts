import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test, { type ExecutionContext } from 'ava';
import type { Ended } from './ending.js';
import * as launched from './launch.js';
import * as local from './local-job.js';
import { mpiTest } from './mpi-test.js';
import { readDraws } from './read-draws.js';

const folder = local.newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

const BATCH = 10;
const data = '{ kind: ttbar-generator, train: 240, validation: 60, test: 300 }';
const sampling = (out: string, ...more: string[]): string[] => [
  ...['sample', 'trained', '--batch', `${BATCH}`, '--draws', '4', '--out', out],
  ...more,
];
const onWorkers = ['--set', 'parallel={kind: processes, workers: 2}'];

async function succeeds(t: ExecutionContext, ...args: readonly string[]): Promise<string> {
  const { code, output } = await launched.alone(folder, args);
  t.is(code, 0, `unfold ${args.join(' ')}\n${output}`);
  return output;
}

const inFolder = (...path: string[]): string[] => {
  const whole = join(folder, ...path);
  return existsSync(whole) ? readdirSync(whole) : [];
};

/** Waits until something is so, at most as long as a job may take. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 60_000; !holds() && performance.now() < end; ) await delay(2);
}

/** Kills a worker of a sampling that has written a few of its batches. */
async function killedWhileSampling(out: string, ended: Promise<Ended>, worker: () => number): Promise<Ended> {
  await until(() => inFolder(`${out}.parts`).filter((name) => name.endsWith('.part')).length >= 3);
  process.kill(worker(), 'SIGKILL');
  return ended;
}

async function goesOnAfter(t: ExecutionContext, out: string): Promise<void> {
  t.false(existsSync(join(folder, out)), 'a file of draws is there before they are complete');
  await succeeds(t, ...sampling(out, '--resume'));
  t.deepEqual(await readDraws(join(folder, out)), await readDraws(join(folder, 'whole.h5')));
  t.deepEqual(
    inFolder().filter((name) => name.startsWith(`${out}.`)),
    [],
  );
}

test.before(async (t) => {
  const settings = launched.shortTraining({ steps: 5 });
  await succeeds(t as ExecutionContext, 'train', 'tiny', ...settings, '--set', `data=${data}`, '-o', 'trained');
  await succeeds(t as ExecutionContext, ...sampling('whole.h5'));
});

for (const rank of [0, 1]) {
  test.serial(`a sampling ends with local worker ${rank}, names it, and goes on where it was`, async (t) => {
    const out = `without-${rank}.h5`;
    const job = local.start(folder, local.COMMAND, sampling(out, ...onWorkers));
    const { code, output } = await killedWhileSampling(out, job.ended, () => local.workersOf(job)[rank]!);
    t.is(code, 137, output);
    t.true(output.includes(`worker ${rank} of 2 was killed by SIGKILL`), output);
    t.true(output.includes('sample again with resume to go on'), output);
    await goesOnAfter(t, out);
  });
}

mpiTest('a sampling ends with an MPI worker, and goes on where it was', [launched.openMpi], async (t) => {
  const out = 'mpi-without-0.h5';
  const job = launched.launchUnfold(2, folder, sampling(out));
  const { code, output } = await killedWhileSampling(out, job.ended, () => launched.workersOf(job)[0]!);
  t.is(code, 137, output);
  t.regex(output, /rank 0 .*exited on signal 9/, output);
  await goesOnAfter(t, out);
});

/** So many that a busy machine does not miss the training. */
const STEPS = 200;
const BENCHMARK = `
name: small
data: ${data}
shared:
  engine: { kind: native, threads: 1 }
  parallel: { kind: processes, workers: 2 }
  training: { batchSize: 24, steps: ${STEPS}, fineTune: { steps: 0 }, checkpointEvery: 5,
    validateEvery: 100, validationEvents: 32 }
models:
  - { extends: tiny, name: VLD }
sampling: { events: 1200, batch: ${BATCH} }
evaluation: { bootstrap: 2, calibration: false }
`;

/** The workers of the one model that a benchmark works on: children of its child. */
function workersOfBenchmark(job: local.LocalJob): number[] {
  const [supervisor] = local.childrenOf(job.supervisor.pid!);
  return supervisor === undefined ? [] : local.childrenOf(supervisor);
}

/** Starts the benchmark, and kills its second worker as soon as it is where it should be. */
async function killedBenchmark(t: ExecutionContext, args: readonly string[], isThere: () => boolean): Promise<string> {
  const job = local.start(folder, local.COMMAND, args);
  let workers: number[] = [];
  await until(() => {
    workers = isThere() ? workersOfBenchmark(job) : [];
    return workers.length === 2;
  });
  process.kill(workers[1]!, 'SIGKILL');
  const { code, output } = await job.ended;
  t.is(code, 1, output);
  t.regex(output, /VLD: failed: .*worker 1 of 2 was killed by SIGKILL/s);
  t.deepEqual(await local.survivors(workers), []);
  return output;
}

test.serial(
  'a benchmark whose worker dies, training or sampling, fails, names it, and goes on where it was',
  async (t) => {
    writeFileSync(join(folder, 'small.yaml'), BENCHMARK);
    const out = 'benchmark';
    const args = ['benchmark', 'small.yaml', '--out', out];
    const run = [out, 'runs', 'VLD'];
    const isTraining = (): boolean => inFolder(...run, 'checkpoints').includes('latest');
    const isSampling = (): boolean => inFolder(...run, 'draws.h5.parts').length > 3;
    t.notRegex(await killedBenchmark(t, args, isTraining), /VLD: trained/);
    t.regex(await killedBenchmark(t, args, isSampling), /VLD: trained/);
    t.false(existsSync(join(folder, ...run, 'draws.h5')));
    t.false(existsSync(join(folder, out, '.lock')));
    t.notRegex(await succeeds(t, ...args), /VLD: trained/);
    t.deepEqual(
      launched.loggedSteps(join(folder, ...run)),
      Array.from({ length: STEPS }, (_, i) => i + 1),
    );
    t.true(existsSync(join(folder, out, 'report/benchmark.json')));
  },
);

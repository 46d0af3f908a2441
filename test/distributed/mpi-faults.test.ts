import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointStore, readCheckpoint } from '@unfold-zoo/core/training';
import { killAndResume } from './kill-and-resume.js';
import {
  COMMAND,
  type Job,
  launchUnfold,
  loggedSteps,
  newFolder,
  openMpi,
  shortTraining,
  steps,
  workersOf,
} from './launch.js';
import { mpiTest } from './mpi-test.js';

/** A launcher that gives workers time to end their step; it waits all of it. */
const PATIENT = { ...openMpi, options: [...openMpi.options, '--mca', 'odls_base_sigkill_timeout', '8'] };

function longTraining(folder: string, mpi = openMpi, ...more: string[]): Job {
  const args = ['train', 'tiny', ...shortTraining({ steps: 100_000 }), ...more, '-o', 'run'];
  return launchUnfold(2, folder, args, mpi);
}

const count = (text: string, part: RegExp): number => text.match(new RegExp(part, 'gm'))?.length ?? 0;

mpiTest(
  'Ctrl-C stops all workers with a checkpoint, from which more go on; SIGTERM to one stops all of these in order',
  [openMpi],
  async (t) => {
    const folder = newFolder();
    const run = join(folder, 'run');
    const stopped = (workers: number): number => {
      const { step, world } = readCheckpoint(new CheckpointStore(run).find('latest')!).state;
      t.is(world, workers);
      t.deepEqual(
        loggedSteps(run),
        Array.from({ length: step }, (_, i) => i + 1),
      );
      return step;
    };
    const job = longTraining(folder, PATIENT);
    await steps(run, 5, job.launcher);
    job.launcher.kill('SIGINT');
    const { code, output } = await job.ended;
    t.not(code, 0);
    t.is(count(output, /stopped after \d+ steps/), 1, output);
    const step = stopped(2);
    const more = launchUnfold(3, folder, ['train', '--resume', run]);
    await steps(run, step + 3, more.launcher);
    process.kill(workersOf(more)[1]!, 'SIGTERM');
    const ended = await more.ended;
    t.is(ended.code, 130, ended.output);
    t.is(count(ended.output, /resumed on 3 workers a training on 2 workers/), 1, ended.output);
    t.true(stopped(3) > step);
  },
);

mpiTest('a worker that hangs is noticed, and it and the step are named', [openMpi], async (t) => {
  const folder = newFolder();
  const job = longTraining(folder, openMpi, '--set', 'parallel.timeoutSeconds=3');
  await steps(join(folder, 'run'), 5, job.launcher);
  const [, hung] = workersOf(job);
  process.kill(hung!, 'SIGSTOP');
  const { code, output } = await job.ended;
  t.not(code, 0);
  t.regex(
    output,
    /worker 0 of 2 has waited 3 s for the others in (a sum|the mean of gradients) \(step \d+\); worker 1 did not come to it/,
  );
});

mpiTest(
  'a worker that is killed ends the job, and a resumed one ends with the very weights of one undisturbed',
  [openMpi],
  async (t) => {
    t.timeout(240_000);
    for await (const { faults, ...killed } of killAndResume(1)) t.deepEqual(faults, [], JSON.stringify(killed));
  },
);

for (const [what, args, message] of [
  [
    'a batch that workers cannot share',
    ['--set', 'training.batchSize=25'],
    /invalid training\.batchSize: expected a multiple of the 2 workers, got 25/,
  ],
  [
    'one process each',
    ['--set', 'parallel={kind: single}'],
    /mpirun \(Open MPI\) started 2 processes.*set parallel=\{kind: auto\}/,
  ],
] as const) {
  mpiTest(`${what} is refused once, with code 2, and leaves nothing behind`, [openMpi], async (t) => {
    const folder = newFolder();
    const { code, output } = await launchUnfold(2, folder, ['train', 'tiny', ...shortTraining(), ...args, '-o', 'run'])
      .ended;
    t.is(code, 2, output);
    t.is(count(output, message), 1, output);
    t.notRegex(output, /^ {4}at /m);
    t.false(existsSync(join(folder, 'run')));
  });
}

mpiTest('workers with different configs are refused, and those that differ are named', [openMpi], async (t) => {
  const folder = newFolder();
  for (const [name, seed] of Object.entries({ a: 1, b: 2 })) {
    writeFileSync(join(folder, `${name}.yaml`), `extends: tiny\nseed: ${seed}\n`);
  }
  const train = (name: string): string[] => ['train', `${name}.yaml`, ...shortTraining(), '-o', 'run'];
  const others = [':', '-n', '1', process.execPath, COMMAND, ...train('b')];
  const { code, output } = await launchUnfold(2, folder, [...train('a'), ...others]).ended;
  t.is(code, 2, output);
  t.is(count(output, /different configs: worker 2 has another than worker 0/), 1, output);
});

mpiTest('a loss that is not finite is told of once, by worker 0', [openMpi], async (t) => {
  const folder = newFolder();
  const args = ['train', 'tiny', ...shortTraining({ more: { learningRate: 1, warmupSteps: 0 } }), '-o', 'run'];
  const { code, output } = await launchUnfold(2, folder, args).ended;
  t.is(code, 1, output);
  t.is(count(output, /^diverged: step/m), 1, output);
});

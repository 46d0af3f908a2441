import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Checkpoint, CheckpointStore, readCheckpoint } from '@unfold-zoo/core/training';
import { type Job, launchUnfold, loggedSteps, newFolder, shortTraining, workersOf } from './launch.js';

const RANKS = 2;
const STEPS = 21;
/** Steps after which a worker is killed at the latest, so that the run has not ended by then. */
const LAST_KILL = 12;
const SETTINGS = shortTraining({ steps: STEPS, more: { checkpointEvery: 3, validateEvery: 7 } });

/** What became of a run that was killed and resumed, held against one that was not. */
export interface Killed {
  /** Which worker was killed, when, and what the launcher then ended with and after how long. */
  readonly rank: number;
  readonly afterSteps: number;
  readonly code: number | null;
  readonly endedAfterMilliseconds: number;
  readonly loggedBefore: number;
  /** What is wrong afterwards; nothing should be. */
  readonly faults: readonly string[];
}

/**
 * Trains once undisturbed, then `times` more with a SIGKILL to a worker after a random number of steps, and resumes. A
 * moment by the clock would come after the end where the machine has become less busy meanwhile.
 */
export async function* killAndResume(times: number): AsyncGenerator<Killed> {
  const folder = newFolder();
  await toTheEnd(launchUnfold(RANKS, folder, ['train', 'tiny', ...SETTINGS, '-o', 'undisturbed']));
  const undisturbed = lastOf(join(folder, 'undisturbed'));
  for (let i = 0; i < times; i++) {
    const run = join(folder, `killed-${i}`);
    const killed = await killOnce(folder, run, { rank: i % RANKS, afterSteps: Math.floor(LAST_KILL * Math.random()) });
    const unreadable = readAll(run);
    await resume(folder, run);
    const survived = killed.code === 0 ? ['the run was over before the worker was killed'] : [];
    yield { ...killed, faults: [...survived, ...unreadable, ...readAll(run), ...faultsOf(run, undisturbed)] };
  }
}

async function killOnce(
  folder: string,
  run: string,
  plan: Pick<Killed, 'rank' | 'afterSteps'>,
): Promise<Omit<Killed, 'faults'>> {
  const job = launchUnfold(RANKS, folder, ['train', 'tiny', ...SETTINGS, '-o', run]);
  const worker = await workerOf(job, plan.rank);
  while (loggedSteps(run).length < plan.afterSteps && job.launcher.exitCode === null) await delay(5);
  await delay(20 * Math.random());
  const killedAt = performance.now();
  if (worker !== undefined) process.kill(worker, 'SIGKILL');
  const { code } = await job.ended;
  return { ...plan, code, endedAfterMilliseconds: performance.now() - killedAt, loggedBefore: loggedSteps(run).length };
}

// The launcher may not have started it yet, or all may be over.
async function workerOf(job: Job, rank: number): Promise<number | undefined> {
  while (job.launcher.exitCode === null) {
    const worker = workersOf(job)[rank];
    if (worker !== undefined) return worker;
    await delay(10);
  }
  return undefined;
}

async function resume(folder: string, run: string): Promise<void> {
  const args = existsSync(join(run, 'config.yaml'))
    ? ['train', '--resume', run]
    : ['train', 'tiny', ...SETTINGS, '-o', run];
  await toTheEnd(launchUnfold(RANKS, folder, args));
}

async function toTheEnd({ ended }: Job): Promise<void> {
  const { code, output } = await ended;
  if (code !== 0) throw new Error(`training ended with code ${code}:\n${output}`);
}

function lastOf(run: string): Checkpoint {
  return readCheckpoint(new CheckpointStore(run).find('latest')!);
}

/** What cannot be read of what a run has written. */
function readAll(run: string): string[] {
  const store = new CheckpointStore(run);
  const pointers = ['latest', 'best'].filter((name) => existsSync(join(run, 'checkpoints', name)));
  const named = pointers.map((name) => store.find(name) ?? join(run, 'checkpoints', name));
  const paths = [...named, ...store.list().map((name) => join(run, 'checkpoints', name))];
  return paths.flatMap((path) => {
    try {
      readCheckpoint(path);
      return [];
    } catch (error) {
      return [(error as Error).message];
    }
  });
}

function faultsOf(run: string, undisturbed: Checkpoint): string[] {
  const last = lastOf(run);
  const parts = ['weights', 'optimiser', 'average'] as const;
  const unequal = parts.flatMap((part) =>
    [...(undisturbed[part] ?? [])].filter(([name, { values }]) => !isSame(values, last[part]?.get(name)?.values)),
  );
  const steps = loggedSteps(run);
  return [
    ...unequal.map(([name]) => `${name} is not that of the undisturbed run`),
    ...(steps.length === STEPS && steps.every((step, i) => step === i + 1) ? [] : [`logged steps ${steps.join()}`]),
    ...(readFileSync(join(run, 'metrics.jsonl'), 'utf8').endsWith('\n')
      ? []
      : ['metrics.jsonl ends in the middle of a line']),
  ];
}

function isSame(a: Float32Array, b: Float32Array | undefined): boolean {
  return (
    b !== undefined &&
    Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))
  );
}

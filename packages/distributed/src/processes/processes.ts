import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Communicator, component, UserError } from '@unfold-zoo/core';
import { launchedWithOthers } from '@unfold-zoo/core/workers';
import { z } from 'zod';
import { joinMesh } from './mesh.js';
import { SocketCollectives, WorkerSilent } from './socket-communicator.js';
import { supervise } from './supervise.js';
import { obeySupervisor, PATIENCE_MILLISECONDS, placeOfWorker, surrender } from './supervised.js';
import { ConnectionLost } from './wire.js';

const options = z.object({
  workers: z
    .int()
    .min(1)
    .max(1024)
    .describe('Processes that train together; each gets its share of the processor cores and of every batch'),
  timeoutSeconds: z
    .number()
    .positive()
    .max(86400)
    .default(600)
    .describe('How long workers wait for one that does not answer before they give it up'),
});

/** Parsed options of the kind `processes`. */
export type ProcessesOptions = z.output<typeof options>;

/**
 * Workers on this machine. The process that the user started becomes their supervisor when it opens this: it runs its
 * own command in `workers` processes, and when they have ended it ends with their exit code. `open` returns in the
 * workers alone, so nothing may be changed before it is called.
 */
export function localWorkers({ workers, timeoutSeconds }: ProcessesOptions): Communicator {
  const place = placeOfWorker() ?? { rank: 0, world: 1, meeting: '', secret: '' };
  let collectives: SocketCollectives | undefined;
  let last: Promise<void> = Promise.resolve();
  // One after the other, in the order of the calls.
  const collective = (work: (joined: SocketCollectives) => Promise<void>, during = 'the run'): Promise<void> => {
    const joined = collectives;
    if (joined) last = last.then(() => orEndOfAll(work(joined), during));
    return last;
  };
  return {
    rank: place.rank,
    get world() {
      return collectives?.world ?? 1;
    },
    get label() {
      return collectives ? `${collectives.world} workers on this machine` : 'one process';
    },
    async open() {
      if (workers === 1) return;
      refuseLauncher();
      if (!placeOfWorker()) process.exit(await supervise(workers));
      checkWorld(place.world, workers);
      obeySupervisor();
      collectives = new SocketCollectives(place.rank, await joinMesh(place), timeoutSeconds);
      await collectives.allReduceSum(new Float64Array(1));
      // All are connected: nobody needs the names of the sockets any more.
      if (place.rank === 0 && process.platform !== 'win32') rmSync(place.meeting, { recursive: true, force: true });
    },
    allReduceSum: (values, during) => collective((joined) => joined.allReduceSum(values), during),
    broadcast: (bytes) => collective((joined) => joined.broadcast(bytes)),
    close: async () => collectives?.close(),
    // The supervisor ends the others.
    abort: (exitCode) => process.exit(exitCode),
  };
}

// A job cannot go on without one of its workers; the supervisor says which and ends all.
async function orEndOfAll(work: Promise<void>, during: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error instanceof WorkerSilent) await surrender(`${error.message} (${during})`);
    // The supervisor sees why the other left, and ends this one too.
    else if (error instanceof ConnectionLost) await delay(PATIENCE_MILLISECONDS);
    throw error;
  }
}

// Each of the launched would start workers of its own, and all jobs would write the same files.
function refuseLauncher(): void {
  const launched = launchedWithOthers();
  if (!launched) return;
  throw new UserError(
    `invalid parallel.kind processes: ${launched.launcher} has started ${launched.world} processes already; ` +
      'run the command without it, or set parallel={kind: mpi}',
  );
}

function checkWorld(world: number, workers: number): void {
  if (world === workers) return;
  throw new UserError(`invalid parallel.workers: expected the ${world} workers of this job, got ${workers}`);
}

export const processes = component(Communicator, 'processes', {
  description: 'Several processes on this machine, started by the command itself',
  options,
  create: (context) => localWorkers(context.options),
});

import { z } from 'zod';
import { Communicator } from '../contracts/training/communicator.js';
import { UserError } from '../errors.js';
import { component } from '../plugin/plugin.js';
import { launchedWithOthers } from './launcher.js';

/** The only worker there is. */
export function onlyWorker(): Communicator {
  return {
    label: 'one process',
    rank: 0,
    world: 1,
    open: async () => {},
    allReduceSum: async () => {},
    broadcast: async () => {},
    close: async () => {},
    abort: (exitCode) => process.exit(exitCode),
  };
}

/** A run in one process: there is nobody to wait for. */
export const singleWorker = component(Communicator, 'single', {
  description: 'One process.',
  options: z.object({}),
  create: () => ({ ...onlyWorker(), open: async () => refuseOthers() }),
});

// Each of them would train alone and write over the others' files.
function refuseOthers(): void {
  const launched = launchedWithOthers();
  if (!launched) return;
  throw new UserError(
    `invalid parallel.kind single: ${launched.launcher} started ${launched.world} processes, each of which would do ` +
      'the whole run; set parallel={kind: auto}, or mpi, to share it out',
  );
}

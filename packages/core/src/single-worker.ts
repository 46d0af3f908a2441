import { z } from 'zod';
import { Communicator } from './contracts.js';
import { component } from './plugin.js';

/** The only worker there is. */
export function onlyWorker(): Communicator {
  return {
    label: 'one process',
    rank: 0,
    world: 1,
    open: async () => {},
    allReduceMean: async () => {},
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
  create: onlyWorker,
});

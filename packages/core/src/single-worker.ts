import { z } from 'zod';
import { Communicator } from './contracts.js';
import { component } from './plugin.js';

/** A run in one process: there is nobody to average with. */
export const singleWorker = component(Communicator, 'single', {
  description: 'One process.',
  options: z.object({}),
  create: () => ({ rank: 0, world: 1, allReduceMean: async () => {} }),
});

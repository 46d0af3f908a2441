import { Communicator, component } from '@unfold-zoo/core';
import { libraryName } from '@unfold-zoo/core/files';
import { launchedWithOthers, onlyWorker } from '@unfold-zoo/core/workers';
import { z } from 'zod';
import { MpiCommunicator } from './communicator.js';

const options = z.object({
  library: libraryName()
    .optional()
    .describe("The MPI library's file; by default the first that the system finds, of the launcher's kind"),
  timeoutSeconds: z
    .number()
    .positive()
    .max(1e6)
    .default(600)
    .describe('A worker that waits longer for the others ends the whole job: one of them hangs'),
  bucketMegabytes: z
    .number()
    .positive()
    .max(1024)
    .default(4)
    .describe('What workers add up, such as all gradients of a model, is sent in portions of so many MiB'),
});

export const mpi = component(Communicator, 'mpi', {
  description: 'The processes that mpirun or srun started, joined by the MPI library of this machine',
  options,
  create: (context) => new MpiCommunicator(context.options),
});

export const auto = component(Communicator, 'auto', {
  description: 'As mpi if mpirun or srun started several processes, else one process',
  options,
  create: (context) => (launchedWithOthers() ? new MpiCommunicator(context.options) : onlyWorker()),
});

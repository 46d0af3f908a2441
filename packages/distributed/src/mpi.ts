import { Communicator, component, UserError } from '@unfold-zoo/core';
import { z } from 'zod';

export const mpi = component(Communicator, 'mpi', {
  description: 'The processes that mpirun or srun started, joined by the MPI library of this machine',
  options: z.object({}),
  create: () => {
    throw new UserError('missing parallel "mpi": not there yet');
  },
});

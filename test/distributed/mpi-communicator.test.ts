import { fileURLToPath } from 'node:url';
import { launch, mpich, openMpi, openMpiOverTcp } from './launch.js';
import { mpiTest } from './mpi-test.js';

const CHECKS = fileURLToPath(new URL('./check-communicator.js', import.meta.url));

for (const [mpi, ranks, bucketMegabytes] of [
  [openMpi, 3, 0.1],
  [openMpiOverTcp, 2, 16],
  [mpich, 2, 0.1],
  [mpich, 3, 16],
] as const) {
  mpiTest(
    `${ranks} workers over ${mpi.name}${mpi === openMpiOverTcp ? ' and TCP' : ''} do what communicators must, ` +
      `in portions of ${bucketMegabytes} MiB`,
    [mpi],
    async (t) => {
      const { code, output } = await launch(mpi, ranks, CHECKS, [mpi.library, String(bucketMegabytes)]).ended;
      t.is(code, 0, output);
      t.is(output.match(/^passed: /gm)?.length, 5, output);
      t.regex(output, new RegExp(`${ranks} workers over ${mpi.name}`));
    },
  );
}

mpiTest(
  'the library of another MPI than the launcher is refused, not trained with alone',
  [openMpi, mpich],
  async (t) => {
    const { code, output } = await launch(openMpi, 2, CHECKS, [mpich.library, '16']).ended;
    t.not(code, 0);
    t.regex(output, /started 2 processes, of which libmpich\.so\.12 \(MPICH .*\) joins 1/);
  },
);

mpiTest('a worker that throws ends all workers, with a code that is not zero', [openMpi], async (t) => {
  const { code } = await launch(openMpi, 3, CHECKS.replace('check-communicator', 'throw-on-one'), []).ended;
  t.is(code, 1);
});

for (const [mpi, ranks, hung] of [
  [openMpi, 3, 0],
  [openMpi, 3, 2],
  [openMpiOverTcp, 4, 1],
  [mpich, 3, 0],
  [mpich, 3, 2],
] as const) {
  const over = `${mpi.name}${mpi === openMpiOverTcp ? ' and TCP' : ''}`;
  mpiTest(`a wait for worker ${hung} of ${ranks} over ${over} ends, and that one alone is named`, [mpi], async (t) => {
    const script = fileURLToPath(new URL('./hang-one.js', import.meta.url));
    const { code, output } = await launch(mpi, ranks, script, [mpi.library, String(hung)]).ended;
    t.not(code, 0);
    const listener = hung === 0 ? 1 : 0;
    t.true(output.includes(`worker ${listener} of ${ranks} has waited 2 s for the others in a sum (training)`), output);
    t.true(output.includes(`; worker ${hung} did not come to it`), output);
    t.notRegex(output, /workers [\d, ]+ did not come/);
  });
}

import test, { type Implementation } from 'ava';
import { type Mpi, obstacle } from './launch.js';

/** A test that several processes take part in; left out, saying why, where an MPI is not there. */
export function mpiTest(title: string, mpis: readonly Mpi[], run: Implementation<[]>): void {
  const [missing] = mpis.map(obstacle).filter((each) => each !== undefined);
  if (missing === undefined) test.serial(title, run);
  else test.serial.skip(`${title} (left out: ${missing})`, run);
}

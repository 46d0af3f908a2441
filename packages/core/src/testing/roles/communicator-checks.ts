import type { Communicator } from '../../contracts/training/communicator.js';
import { type Check, check, claim } from '../check.js';

/** What a `Communicator` must do. `join` returns all the workers of a world that are in this process, usually one. */
export function communicatorChecks(join: () => Promise<readonly Communicator[]> | readonly Communicator[]): Check[] {
  return [
    check('every worker has a rank of its own below the size of the world', async () => {
      const workers = await join();
      const ranks = workers.map(({ rank }) => rank);
      claim(new Set(ranks).size === ranks.length, `two workers have the same rank: ${ranks.join(', ')}`);
      for (const { rank, world } of workers) {
        claim(Number.isInteger(rank) && rank >= 0 && rank < world, `rank ${rank} in a world of ${world}`);
      }
    }),
    check('gradients become their sum over workers, in place', async () => {
      const workers = await join();
      const gradients = workers.map(({ rank }) => Float32Array.of(rank, 2 * rank + 1, -rank, 1e20));
      await Promise.all(workers.map((worker, i) => worker.allReduceSum(gradients[i]!)));
      for (const [i, { world }] of workers.entries()) {
        const ranks = (world * (world - 1)) / 2;
        const expected = Float32Array.of(ranks, 2 * ranks + world, -ranks, world * 1e20);
        const isRight = expected.every((value, k) => Math.abs(gradients[i]![k]! - value) <= 1e-6 * Math.abs(value));
        claim(isRight, `gradients became ${gradients[i]}, expected ${expected}`);
      }
    }),
    check('values become their sum over workers, in place', async () => {
      const workers = await join();
      const values = workers.map(({ rank }) => Float64Array.of(rank, 1, 1 + 2 ** -40 * (rank + 1)));
      await Promise.all(workers.map((worker, i) => worker.allReduceSum(values[i]!)));
      for (const [i, { world }] of workers.entries()) {
        const ranks = (world * (world - 1)) / 2;
        const expected = Float64Array.of(ranks, world, world + 2 ** -40 * (ranks + world));
        claim(String(values[i]) === String(expected), `values became ${values[i]}, expected ${expected}`);
      }
    }),
    check('everyone gets the bytes of worker 0', async () => {
      const workers = await join();
      const bytes = workers.map(({ rank }) => Uint8Array.of(rank, 7 * rank, 255 - rank));
      await Promise.all(workers.map((worker, i) => worker.broadcast(bytes[i]!)));
      const isSame = bytes.every((values) => String(values) === String(Uint8Array.of(0, 0, 255)));
      claim(isSame, `bytes became ${bytes.map(String).join('; ')}, expected 0,0,255`);
    }),
  ];
}

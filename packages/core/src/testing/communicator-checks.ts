import type { Communicator } from '../contracts.js';
import { type Check, check, claim } from './check.js';

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
    check('gradients become their mean over workers, in place', async () => {
      const workers = await join();
      const own = ({ rank }: Communicator) => [Float32Array.of(rank, 2 * rank + 1), Float32Array.of(-rank)];
      const gradients = workers.map(own);
      await Promise.all(workers.map((worker, i) => worker.allReduceMean(gradients[i]!)));
      for (const [i, { world }] of workers.entries()) {
        const mean = (world - 1) / 2;
        const expected = [[mean, 2 * mean + 1], [-mean]];
        const isRight = gradients[i]!.every((gradient, j) =>
          gradient.every((value, k) => Math.abs(value - expected[j]![k]!) < 1e-5),
        );
        claim(
          isRight,
          `gradients became ${gradients[i]!.map(String).join('; ')}, expected ${expected.map(String).join('; ')}`,
        );
      }
    }),
    check('gradients that all workers agree on stay as they are', async () => {
      const workers = await join();
      const gradients = workers.map(() => [Float32Array.of(0.5, -2, 1e20)]);
      await Promise.all(workers.map((worker, i) => worker.allReduceMean(gradients[i]!)));
      const isSame = gradients.every(([gradient]) => String(gradient) === String(Float32Array.of(0.5, -2, 1e20)));
      claim(isSame, `equal gradients became ${gradients.map(String).join('; ')}`);
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

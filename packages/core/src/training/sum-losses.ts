import type { Communicator } from '../contracts/communicator.js';
import type { Losses } from './gradients.js';

/** Weighted sums of losses over the batches of all workers, in float64. Each worker has one batch at least. */
export async function sumLosses(
  batches: readonly { readonly losses: Losses; readonly weight: number }[],
  communicator: Communicator,
): Promise<Losses> {
  const { losses: first } = batches[0]!;
  const sums = new Float64Array(valuesOf(first).length);
  for (const { losses, weight } of batches) {
    if (weight === 0) continue; // A NaN that does not count.
    for (const [i, value] of valuesOf(losses).entries()) sums[i]! += weight * value;
  }
  await communicator.allReduceSum(sums, 'validation');
  return withValues(first, sums);
}

/** The numbers of losses, in an order that all losses of a stage share. */
export function valuesOf({ loss, terms, monitored }: Losses): number[] {
  return [loss, ...Object.values(terms), ...Object.values(monitored)];
}

/** Losses of the same names with other numbers, in the order of `valuesOf`. */
export function withValues({ terms, monitored }: Losses, values: ArrayLike<number>): Losses {
  let next = 0;
  const take = (): number => values[next++]!;
  const renew = (named: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.keys(named).map((name) => [name, take()]));
  return { loss: take(), terms: renew(terms), monitored: renew(monitored) };
}

import type { Communicator } from '../../contracts/training/communicator.js';
import type { Losses } from '../gradients.js';
import { Agreement } from './agreement.js';

/** Weighted sums of losses over the batches of all workers, in float64. Each worker has one batch at least. */
export async function sumLosses(
  batches: readonly { readonly losses: Losses; readonly weight: number }[],
  communicator: Communicator,
): Promise<Losses> {
  const { losses: first } = batches[0]!;
  let sums = combine(first, first, () => 0);
  for (const { losses, weight } of batches) {
    if (weight === 0) continue; // A NaN that does not count.
    sums = combine(sums, losses, (sum, value) => sum + weight * value);
  }
  return new Agreement(communicator).sum(sums, 'validation');
}

/** Number by number, of two losses of one stage. */
function combine(some: Losses, others: Losses, by: (one: number, other: number) => number): Losses {
  const named = (mine: Losses['terms'], theirs: Losses['terms']): Losses['terms'] =>
    Object.fromEntries(Object.entries(mine).map(([name, value]) => [name, by(value, theirs[name]!)]));
  return {
    loss: by(some.loss, others.loss),
    terms: named(some.terms, others.terms),
    monitored: named(some.monitored, others.monitored),
  };
}

import type { Rng } from '@unfold-zoo/core';
import { poissonCounts } from '../response/poisson.js';
import type { Rows } from '../response/response.js';
import type { EventWeights, UnfoldedBins } from '../unfolders/unfolder.js';
import { binsOfSpectra } from './unfold-spectra.js';
import { type UnfoldingWork, weightsOf } from './unfolding-work.js';

/** [replicas][candidates, observables, bins] those of one kind that were made before, at most so many. */
export function storedReplicas({ store, origin }: UnfoldingWork, which: keyof EventWeights, most: number): Rows {
  return ((store.read([...origin, 'replicas', which]) ?? []) as Rows).slice(0, most);
}

/** How often new replicas are stored, so that quick ones are not held up by it. */
const SECONDS_BETWEEN_STORING = 2;

/** [replicas][candidates, observables, bins] the stored ones and those that are missing. */
export async function makeReplicas(
  { store, origin, options, input, prepare }: UnfoldingWork,
  which: keyof EventWeights,
  {
    decided,
    count,
    stored,
  }: { readonly decided: readonly UnfoldedBins['decisions'][]; readonly count: number; readonly stored: Rows },
): Promise<Rows> {
  if (stored.length >= count) return stored;
  const replicas = [...stored];
  const weights = weightsOf(input);
  const keep = (): void => store.write([...origin, 'replicas', which], replicas);
  try {
    const unfold = await prepare();
    for (let lastStored = performance.now(); replicas.length < count; ) {
      options.signal?.throwIfAborted();
      const stream = options.rng.fork(`${which} ${replicas.length}`);
      const changed = { ...weights, [which]: replicaWeights(weights[which], stream) };
      replicas.push(binsOfSpectra(await unfold(changed, decided)));
      options.onUnfolded?.(1);
      if (performance.now() - lastStored > 1000 * SECONDS_BETWEEN_STORING) {
        keep();
        lastStored = performance.now();
      }
      // Lets a signal and a progress bar have their turn.
      await new Promise(setImmediate);
    }
    return replicas;
  } finally {
    if (replicas.length > stored.length) keep();
  }
}

function replicaWeights(weights: Float64Array, rng: Rng): Float64Array {
  const counts = poissonCounts(weights.length, rng);
  return weights.map((weight, i) => weight * counts[i]!);
}

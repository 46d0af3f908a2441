import type { Rng } from '@unfold-zoo/core';
import { poissonCounts } from '../response/poisson.js';
import type { Rows } from '../response/response.js';
import type { EventWeights, UnfoldedBins } from '../unfolders/unfolder.js';
import { storedPart } from './part-store.js';
import { binsOfSpectra, candidateEvents } from './unfold-spectra.js';
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
      const stream = streamOf(options.rng, which, replicas.length);
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

/**
 * [replicas][n] the weights that the unfolded events of one candidate have in the first replicas of the data, which are
 * unfolded once more for it.
 */
export async function replicaEvents(
  { store, origin, options, input, prepare, unfolder }: UnfoldingWork,
  decided: readonly UnfoldedBins['decisions'][],
  candidate: number,
): Promise<Float64Array[]> {
  const { eventReplicas = 0, rng, signal, onUnfolded } = options;
  const replicas: Float64Array[] = [];
  for (let k = 0; k < eventReplicas && unfolder.input === 'events'; k++) {
    signal?.throwIfAborted();
    const unfoldOne = async (): Promise<Float64Array> => {
      const unfold = await prepare();
      const weights = weightsOf(input);
      const data = replicaWeights(weights.data, streamOf(rng, 'data', k));
      const { unfolded } = await unfold({ ...weights, data }, decided);
      return candidateEvents(unfolder, unfolded!)[candidate]!.weights;
    };
    replicas.push(await storedPart(store, [...origin, 'event weights', candidate, k], unfoldOne));
    onUnfolded?.(1);
  }
  return replicas;
}

function streamOf(rng: Rng, which: keyof EventWeights, replica: number): Rng {
  return rng.fork(`${which} ${replica}`);
}

/** [n] the weights of a replica: every event counts a Poisson number of times, of mean 1. */
export function replicaWeights(weights: Float64Array, rng: Rng): Float64Array {
  const counts = poissonCounts(weights.length, rng);
  return weights.map((weight, i) => weight * counts[i]!);
}

import type { Rng } from '@unfold-zoo/core';
import { poissonCounts } from '../response/poisson.js';
import type { EventWeights, UnfoldedBins } from '../unfolders/unfolder.js';
import { checkLeftOut, type Failed, finiteOrFailed, orFailed, sortFailed } from './failed.js';
import { storedPart } from './part-store.js';
import { binsOfSpectra, candidateEvents } from './unfold-spectra.js';
import { type UnfoldingWork, weightsOf } from './unfolding-work.js';

/** [candidates, observables, bins] of a replica, or why there is none. */
export type Replica = readonly number[] | Failed;

/** Replicas of one kind that were made before, at most so many. */
export function storedReplicas(
  { store, origin }: UnfoldingWork,
  which: keyof EventWeights,
  most: number,
): readonly Replica[] {
  return ((store.read([...origin, 'replicas', which]) ?? []) as Replica[]).slice(0, most);
}

/** How often new replicas are stored, so that quick ones are not held up by it. */
const SECONDS_BETWEEN_STORING = 2;

/** Replicas of one kind that are wanted. */
export interface WantedReplicas {
  /** What the method decided on the data, which it keeps. */
  readonly decided: readonly UnfoldedBins['decisions'][];
  readonly count: number;
  readonly stored: readonly Replica[];
}

/**
 * The stored replicas and those that are missing. One that the method cannot unfold, or makes no finite numbers of, is
 * told as such.
 * @throws UserError as soon as more have failed than may.
 */
export async function makeReplicas(
  work: UnfoldingWork,
  which: keyof EventWeights,
  { decided, count, stored }: WantedReplicas,
): Promise<readonly Replica[]> {
  const { store, origin, options, label } = work;
  const replicas = [...stored];
  const check = (): void => checkLeftOut(sortFailed(replicas).leftOut, count, `replicas of the ${which} by ${label}`);
  const keep = (): void => store.write([...origin, 'replicas', which], replicas);
  try {
    check();
    for (let lastStored = performance.now(); replicas.length < count; ) {
      options.signal?.throwIfAborted();
      replicas.push(await makeReplica(work, which, replicas.length, decided));
      check();
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

async function makeReplica(
  { options, input, prepare }: UnfoldingWork,
  which: keyof EventWeights,
  number: number,
  decided: WantedReplicas['decided'],
): Promise<Replica> {
  const unfold = await prepare();
  const weights = weightsOf(input);
  const changed = { ...weights, [which]: replicaWeights(weights[which], streamOf(options.rng, which, number)) };
  const spectra = await orFailed(() => unfold(changed, decided));
  return 'failed' in spectra ? spectra : finiteOrFailed(binsOfSpectra(spectra));
}

/**
 * [replicas][n] the weights that the unfolded events of one candidate have in the first replicas of the data that can
 * be unfolded, which are unfolded once more for it.
 * @param replicas all of the data.
 */
export async function replicaEvents(
  { store, origin, options, input, prepare, unfolder }: UnfoldingWork,
  decided: readonly UnfoldedBins['decisions'][],
  { candidate, replicas }: { readonly candidate: number; readonly replicas: readonly Replica[] },
): Promise<Float64Array[]> {
  const { eventReplicas = 0, rng, signal, onUnfolded } = options;
  if (unfolder.input === 'bins') return [];
  const numbers = [...Array(Math.max(replicas.length, eventReplicas)).keys()];
  const chosen = numbers.filter((k) => !(replicas[k] && 'failed' in replicas[k])).slice(0, eventReplicas);
  const found: Float64Array[] = [];
  for (const k of chosen) {
    signal?.throwIfAborted();
    const unfoldOne = async (): Promise<Float64Array> => {
      const unfold = await prepare();
      const weights = weightsOf(input);
      const data = replicaWeights(weights.data, streamOf(rng, 'data', k));
      const { unfolded } = await unfold({ ...weights, data }, decided);
      return candidateEvents(unfolder, unfolded!)[candidate]!.weights;
    };
    found.push(await storedPart(store, [...origin, 'event weights', candidate, k], unfoldOne));
    onUnfolded?.(1);
  }
  return found;
}

function streamOf(rng: Rng, which: keyof EventWeights, replica: number): Rng {
  return rng.fork(`${which} ${replica}`);
}

/** [n] the weights of a replica: every event counts a Poisson number of times, of mean 1. */
export function replicaWeights(weights: Float64Array, rng: Rng): Float64Array {
  const counts = poissonCounts(weights.length, rng);
  return weights.map((weight, i) => weight * counts[i]!);
}

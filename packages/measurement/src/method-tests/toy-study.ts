import { UserError } from '@unfold-zoo/core';
import { trueSums } from '../measurement/binned-sample.js';
import { chooseIteration } from '../measurement/choose-iteration.js';
import {
  checkLeftOut,
  type Failed,
  finiteOrFailed,
  type LeftOut,
  orFailed,
  sortFailed,
} from '../measurement/failed.js';
import type { MeasurementInput, PseudoData } from '../measurement/measurement-input.js';
import { storedPart } from '../measurement/part-store.js';
import { replicaWeights } from '../measurement/replicas.js';
import { binnedProblems, binsOfCandidate, binsOfSpectra, type UnfoldSpectra } from '../measurement/unfold-spectra.js';
import {
  type ErrorOptions,
  type NamedUnfolder,
  type UnfoldingWork,
  weightsOf,
  workOf,
} from '../measurement/unfolding-work.js';
import { poissonWeights } from '../response/poisson.js';
import type { Rows } from '../response/response.js';
import { errorsOf } from '../results/measurement-result.js';
import { agreement } from '../statistics/chi-squared.js';
import { sampleCovariance } from '../statistics/covariance.js';
import type { EventWeights } from '../unfolders/unfolder.js';

/** How a method does on toys of pseudo-data, for one observable. */
export interface ToyStudy {
  readonly observable: string;
  /** Toys that were unfolded. All numbers are of these. */
  readonly toys: number;
  /** Toys that the method could not unfold, as where a classifier finds no ratio, and why not, of the first of them. */
  readonly leftOut?: LeftOut;
  /** Share of the errors of all toys, of the bins between the edges, that hold the truth; 0.683 if right. */
  readonly coverage: number;
  /**
   * Chi-squared for each of these bins, with the covariance that the results of the toys have: 1 less one over the toys
   * without any bias. NaN with too few toys for a covariance.
   */
  readonly chiSquared: number;
  /** The same of the first iteration, of a method that has some. */
  readonly firstIteration?: number;
}

/** What a method makes of one toy: all bins of all observables, one after the other. */
interface ToyResult {
  readonly values: readonly number[];
  readonly errors: readonly number[];
  readonly firstIteration?: readonly number[];
}

/** A measurement of pseudo-data. */
export type PseudoInput = MeasurementInput & { readonly pseudoData: PseudoData };

/** Unfoldings that toys take. */
export function unfoldingsOfToys({ unfolder }: NamedUnfolder, toys: number, replicas: number): number {
  return toys * (unfolder.input === 'events' ? 1 + replicas : 1);
}

/**
 * Unfolds toys of pseudo-data: every event counts a Poisson number of times, of the mean that it is expected to. All
 * methods with the same stream have the same toys. Methods that propagate errors quote these, others those of replicas
 * of each toy. Finished toys are kept with the parts. A toy that a method cannot unfold is counted, and ends nothing.
 * @throws the reason of a signal that is aborted; the UserError of the first toy where none can be unfolded.
 */
export async function toyStudy(
  input: PseudoInput,
  method: NamedUnfolder,
  { toys, ...options }: ErrorOptions & { readonly toys: number },
): Promise<ToyStudy[]> {
  const work = workOf(input, method, options);
  const all: (ToyResult | Failed)[] = [];
  for (let toy = 0; toy < toys; toy++) {
    options.signal?.throwIfAborted();
    const origin = [...work.origin, 'toy', toy, options.replicas];
    all.push(await storedPart(work.store, origin, () => orFailed(() => unfoldToy(work, input, toy))));
    options.onUnfolded?.(unfoldingsOfToys(method, 1, options.replicas));
  }
  const { found: results, leftOut } = sortFailed(all);
  if (results.length === 0 && leftOut) throw new UserError(leftOut.reason);
  let start = 0;
  return input.observables.map(({ name, truth: bins }, k) => {
    const inner = [...new Set(bins.chains.flat())].map((bin) => start + bin);
    const truth = input.pseudoData.truth[k]!;
    const expected = new Map(inner.map((bin) => [bin, truth[bin - start]!]));
    start += bins.size;
    return { observable: name, toys: results.length, ...(leftOut && { leftOut }), ...judged(results, expected) };
  });
}

async function unfoldToy(
  { options, prepare, unfolder }: UnfoldingWork,
  input: PseudoInput,
  toy: number,
): Promise<ToyResult> {
  const unfold = await prepare();
  const stream = options.rng.fork(`toy ${toy}`);
  const data = poissonWeights(input.pseudoData.expected, stream.fork('events'));
  const weights = { ...weightsOf(input), data };
  const { candidates, unfolded } = await unfold(weights);
  const decided = candidates[0]!.map(({ decisions }) => decisions);
  const replicas: Rows =
    unfolder.input === 'bins' ? [] : await replicasOf(unfold, weights, { decided, options, rng: stream });
  const stops = unfolder.input === 'events' && unfolder.stop === 'bottom-line';
  const index = stops ? chooseIteration(binnedProblems(input)(weights), candidates, replicas).index : 0;
  const chosen = candidates[index]!;
  const ofReplicas =
    unfolder.input === 'bins' ? [] : errorsOf(sampleCovariance(replicas.map(binsOfCandidate(candidates, index))));
  const errors = chosen.some(({ covariance }) => covariance)
    ? chosen.flatMap(({ covariance }) => errorsOf(covariance!))
    : ofReplicas;
  const values = chosen.flatMap((each) => each.values);
  const [first] = unfolded?.iterations ?? [];
  return { values, errors, ...(first && { firstIteration: trueSums(first.events, input.observables).flat() }) };
}

async function replicasOf(
  unfold: UnfoldSpectra,
  weights: EventWeights,
  { decided, options, rng }: { decided: Parameters<UnfoldSpectra>[1]; options: ErrorOptions; rng: ErrorOptions['rng'] },
): Promise<Rows> {
  const replicas: (readonly number[] | Failed)[] = [];
  for (let k = 0; k < options.replicas; k++) {
    options.signal?.throwIfAborted();
    const data = replicaWeights(weights.data, rng.fork(`replica ${k}`));
    const spectra = await orFailed(() => unfold({ ...weights, data }, decided));
    replicas.push('failed' in spectra ? spectra : finiteOrFailed(binsOfSpectra(spectra)));
    // Lets a signal have its turn.
    await new Promise(setImmediate);
  }
  const { found, leftOut } = sortFailed(replicas);
  checkLeftOut(leftOut, options.replicas, 'replicas of a toy');
  return found;
}

/** @param expected the true number of events of each bin that counts. */
function judged(results: readonly ToyResult[], expected: ReadonlyMap<number, number>) {
  const pulls = results.flatMap(({ values, errors }) =>
    [...expected].map(([bin, truth]) => Math.abs(values[bin]! - truth) / errors[bin]!),
  );
  const first = results.flatMap(({ firstIteration }) => (firstIteration ? [firstIteration] : []));
  return {
    coverage: pulls.filter((pull) => pull <= 1).length / pulls.length,
    chiSquared: chiSquaredPerBin(
      results.map(({ values }) => values),
      expected,
    ),
    ...(first.length > 0 && { firstIteration: chiSquaredPerBin(first, expected) }),
  };
}

/** Of the results of toys, with the covariance that they have. */
function chiSquaredPerBin(results: Rows, expected: ReadonlyMap<number, number>): number {
  if (results.length <= expected.size + 2) return Number.NaN;
  const covariance = sampleCovariance(results.map((values) => [...expected.keys()].map((bin) => values[bin]!)));
  const found = results.map((values) => {
    const differences = [...expected].map(([bin, truth]) => values[bin]! - truth);
    const { chiSquared, degreesOfFreedom } = agreement(differences, covariance);
    return chiSquared / degreesOfFreedom;
  });
  return found.reduce((sum, each) => sum + each, 0) / found.length;
}

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
import { sampleCovariance } from '../statistics/covariance.js';
import type { EventWeights } from '../unfolders/unfolder.js';
import { judgedToys, type ToyResult } from './judged-toys.js';

/** How a method does on toys of pseudo-data, for one observable. */
export interface ToyStudy {
  readonly observable: string;
  /** Toys that were unfolded. All numbers are of these. */
  readonly toys: number;
  /** Toys that the method could not unfold, as where a classifier finds no ratio, and why not, of the first of them. */
  readonly leftOut?: LeftOut;
  /**
   * Share of the errors of all toys, of data and simulation together, of the bins between the edges, that hold the
   * truth; 0.683 if right.
   */
  readonly coverage: number;
  /**
   * Chi-squared for each of these bins, with the covariance that the results of the toys have and that of the finite
   * simulation, which is the same in all toys: about 1 without any bias. NaN with too few toys for a covariance.
   */
  readonly chiSquared: number;
  /** The same of the first iteration, of a method that has some. */
  readonly firstIteration?: number;
}

/** A measurement of pseudo-data. */
export type PseudoInput = MeasurementInput & { readonly pseudoData: PseudoData };

/** How toys are unfolded. */
export interface ToyOptions extends ErrorOptions {
  readonly toys: number;
  /** [observables] covariances [truth][truth] of the finite simulation, as a measurement finds them. Default: none. */
  readonly simulation?: readonly Rows[];
}

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
  { toys, simulation, ...options }: ToyOptions,
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
    const inner = [...new Set(bins.chains.flat())];
    const expected = inner.map((bin) => input.pseudoData.truth[k]![bin]!);
    const ofSimulation = inner.map((i) => inner.map((j) => (simulation ? simulation[k]![i]![j]! : 0)));
    const places = inner.map((bin) => start + bin);
    start += bins.size;
    const told = { observable: name, toys: results.length, ...(leftOut && { leftOut }) };
    return { ...told, ...judgedToys(results, { places, expected, simulation: ofSimulation }) };
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

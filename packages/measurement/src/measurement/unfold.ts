import type { Rng } from '@unfold-zoo/core';
import { sumBins } from '../binning/binning.js';
import { poissonCounts } from '../response/poisson.js';
import type { Rows } from '../response/response.js';
import { sampleCovariance } from '../statistics/covariance.js';
import type { BinnedUnfolder, EventColumns, EventUnfolder, UnfoldedBins, Unfolder } from '../unfolders/unfolder.js';
import {
  type BinnedObservable,
  type BinnedSimulation,
  binSimulation,
  binsOfEvents,
  measuredBins,
  problemOf,
  responseOf,
  type SimulatedColumns,
} from './binned-sample.js';

/** A method with the name that tables give it. */
export interface NamedUnfolder {
  readonly label: string;
  readonly unfolder: Unfolder;
}

/** Everything that is unfolded. */
export interface MeasurementInput {
  readonly observables: readonly BinnedObservable[];
  readonly simulation: SimulatedColumns;
  /** Measured events, and those of backgrounds with weights of the other sign. */
  readonly data: EventColumns;
}

/** How errors are found. */
export interface ErrorOptions {
  /** Bootstrap replicas of the data: correlations between observables, and errors of methods without their own. */
  readonly replicas: number;
  /** Bootstrap replicas of the simulation, for the errors that its finite size makes. */
  readonly simulationReplicas: number;
  readonly rng: Rng;
  readonly signal?: AbortSignal | undefined;
  /** Told how many replicas of all methods are done. */
  readonly onReplica?: (done: number, total: number) => void;
}

/** The unfolded spectrum of one observable. */
export interface UnfoldedSpectrum {
  /** [truth] */
  readonly values: readonly number[];
  /** [truth][truth] of the data: propagated by the method, or of replicas where it does not do so. */
  readonly statistical: Rows;
  /** [truth][truth] of the finite simulation, from replicas. */
  readonly simulation: Rows;
  readonly decisions: UnfoldedBins['decisions'];
}

/** What a method makes of a measurement. */
export interface MethodResult {
  readonly label: string;
  /** One for each observable. */
  readonly spectra: readonly UnfoldedSpectrum[];
  /** [bins][bins] of the true bins of all observables one after the other, from replicas of the data. */
  readonly jointCovariance: Rows;
}

/** Unfolds all observables by one method, given weights of the events. */
type Unfold = (weights: EventWeights, decided?: readonly UnfoldedBins['decisions'][]) => Promise<readonly Unfolded[]>;

/** Weights of simulated and measured events. */
interface EventWeights {
  readonly simulation: Float64Array;
  readonly data: Float64Array;
}

interface Unfolded {
  readonly values: readonly number[];
  readonly covariance?: Rows;
  readonly decisions: UnfoldedBins['decisions'];
}

/**
 * Unfolds every observable by a method, with errors. Replicas give every event a Poisson number of mean 1 as a factor,
 * the same one for all observables, so that correlations between these are found too. What a method decides, as the
 * strength of a regularisation, it decides once, and keeps in the replicas.
 * @throws UserError for spectra that the method cannot unfold; the reason of a signal that is aborted.
 */
export async function unfoldMeasurement(
  input: MeasurementInput,
  { label, unfolder }: NamedUnfolder,
  options: ErrorOptions,
): Promise<MethodResult> {
  const unfold = unfolder.input === 'bins' ? ofBins(unfolder, input) : ofEvents(unfolder, input);
  const weights = { simulation: input.simulation.truth.weights, data: input.data.weights };
  const nominal = await unfold(weights);
  const decided = nominal.map(({ decisions }) => decisions);
  const total = options.replicas + options.simulationReplicas;
  let done = 0;
  const replicasOf = async (which: keyof EventWeights, count: number): Promise<number[][]> => {
    const replicas: number[][] = [];
    for (let k = 0; k < count; k++) {
      options.signal?.throwIfAborted();
      const changed = { ...weights, [which]: replicaWeights(weights[which], options.rng.fork(`${which} ${k}`)) };
      replicas.push((await unfold(changed, decided)).flatMap(({ values }) => values));
      options.onReplica?.(++done, total);
      // Lets a signal and a progress bar have their turn.
      await new Promise(setImmediate);
    }
    return replicas;
  };
  const ofData = sampleCovariance(await replicasOf('data', options.replicas));
  const ofSimulation = sampleCovariance(await replicasOf('simulation', options.simulationReplicas));
  const spectra = nominal.map(({ values, covariance, decisions }, k) => ({
    values,
    decisions,
    statistical: covariance ?? block(ofData, nominal, k),
    simulation: block(ofSimulation, nominal, k),
  }));
  return { label, spectra, jointCovariance: ofData };
}

function replicaWeights(weights: Float64Array, rng: Rng): Float64Array {
  const counts = poissonCounts(weights.length, rng);
  return weights.map((weight, i) => weight * counts[i]!);
}

/** The bins of one observable among those of all. */
function block(covariance: Rows, spectra: readonly Unfolded[], k: number): number[][] {
  const start = spectra.slice(0, k).reduce((sum, { values }) => sum + values.length, 0);
  const end = start + spectra[k]!.values.length;
  return covariance.slice(start, end).map((row) => row.slice(start, end));
}

function ofBins(unfolder: BinnedUnfolder, input: MeasurementInput): Unfold {
  const { observables } = input;
  const simulation: BinnedSimulation = binSimulation(input.simulation, observables);
  const data = binsOfEvents(input.data, observables, 'detector');
  return async (weights, decided) =>
    observables.map((observable, k) => {
      const response = responseOf(simulation, observables, k, weights.simulation);
      const measured = measuredBins(data[k]!, observable.detector.size, weights.data);
      return unfolder.unfold(problemOf(observable, response, measured), decided?.[k]);
    });
}

function ofEvents(unfolder: EventUnfolder, { observables, simulation, data }: MeasurementInput): Unfold {
  return async (weights) => {
    const unfolded = await unfolder.unfold({
      simulation: {
        truth: { ...simulation.truth, weights: weights.simulation },
        detector: { ...simulation.detector, weights: weights.simulation },
      },
      data: { ...data, weights: weights.data },
    });
    const bins = binsOfEvents(unfolded, observables, 'truth');
    return observables.map(({ truth }, k) => {
      const values = [...sumBins(bins[k]!, truth.size, unfolded.weights).sums];
      return { values, decisions: {} };
    });
  };
}

import { edgesOf } from '../binning/bin-rules.js';
import { Binning, sumBins } from '../binning/binning.js';
import { fillResponse, type Response } from '../response/response.js';
import { diagonal } from '../statistics/covariance.js';
import type { BinnedProblem, EventColumns, MeasuredBins } from '../unfolders/unfolder.js';
import { naming, type Observable } from './observable.js';

/** An observable with its bins. */
export interface BinnedObservable {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly truth: Binning;
  readonly detector: Binning;
}

/** Simulated events: the same events at both levels. */
export interface SimulatedColumns {
  readonly truth: EventColumns;
  readonly detector: EventColumns;
}

/**
 * Makes the bins of every observable, those by rule from the simulation.
 * @throws UserError that names the observable whose bins are wrong.
 */
export function binObservables(observables: readonly Observable[], simulation: SimulatedColumns): BinnedObservable[] {
  return observables.map(({ name, label, unit, bins, detectorBins }, k) => {
    const [truth, detector] = [simulation.truth.columns[k]!, simulation.detector.columns[k]!];
    const { weights } = simulation.truth;
    const axes = (key: string, options: typeof bins, values: readonly Float64Array[]): Binning =>
      naming(`observables.${name}.${key}`, () => {
        const edges = options.map((option, axis) =>
          edgesOf(option, { truth: values[axis]!, detector: detector[axis]!, weights }),
        );
        return new Binning(edges);
      });
    const ofTruth = axes('bins', bins, truth);
    const ofDetector = detectorBins === bins ? ofTruth : axes('detectorBins', detectorBins, detector);
    return { name, label, unit, truth: ofTruth, detector: ofDetector };
  });
}

/** The bins of every event at one level, a column [n] for each observable. */
export function binsOfEvents(
  { columns }: EventColumns,
  observables: readonly BinnedObservable[],
  level: 'truth' | 'detector',
): Int32Array[] {
  return observables.map((each, k) => each[level].binsOf(columns[k]!));
}

/** [observables][bins] sums of the weights of true events. */
export function trueSums(events: EventColumns, observables: readonly BinnedObservable[]): number[][] {
  const bins = binsOfEvents(events, observables, 'truth');
  return observables.map(({ truth }, k) => [...sumBins(bins[k]!, truth.size, events.weights).sums]);
}

/** The simulation in bins. */
export interface BinnedSimulation {
  readonly truth: readonly Int32Array[];
  readonly detector: readonly Int32Array[];
  readonly weights: Float64Array;
}

/** The simulation in the bins of every observable. */
export function binSimulation(
  simulation: SimulatedColumns,
  observables: readonly BinnedObservable[],
): BinnedSimulation {
  return {
    truth: binsOfEvents(simulation.truth, observables, 'truth'),
    detector: binsOfEvents(simulation.detector, observables, 'detector'),
    weights: simulation.truth.weights,
  };
}

/** The response of one observable, with other weights of its events if they are given. */
export function responseOf(
  simulation: BinnedSimulation,
  observables: readonly BinnedObservable[],
  k: number,
  weights: Float64Array = simulation.weights,
): Response {
  const size = { truth: observables[k]!.truth.size, detector: observables[k]!.detector.size };
  return fillResponse({ truth: simulation.truth[k]!, detector: simulation.detector[k]!, weights }, size);
}

/** The sums of measured bins; their variances are the sums of squared weights. */
export function measuredBins(bins: Int32Array, size: number, weights: Float64Array): MeasuredBins {
  const { sums, squares } = sumBins(bins, size, weights);
  return { counts: [...sums], covariance: diagonal(squares) };
}

/** What a method is given of one observable. */
export function problemOf(observable: BinnedObservable, response: Response, measured: MeasuredBins): BinnedProblem {
  return { response, measured, chains: observable.truth.chains };
}

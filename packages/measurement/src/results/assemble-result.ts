import type { Binning } from '../binning/binning.js';
import { type BinnedObservable, trueSums } from '../measurement/binned-sample.js';
import { systematicCovariance } from '../measurement/systematics.js';
import { agreementWith, type MethodResult } from '../measurement/unfold.js';
import type { Rows } from '../response/response.js';
import { agreement } from '../statistics/chi-squared.js';
import { addMatrices, diagonal } from '../statistics/covariance.js';
import type { EventColumns } from '../unfolders/unfolder.js';
import type {
  BinResult,
  ComparedPrediction,
  MeasurementResult,
  MethodTest,
  ObservableResult,
  Prediction,
} from './measurement-result.js';

/** What a result is assembled from. */
export interface ResultParts {
  readonly name: string;
  /** 1/fb. */
  readonly luminosity?: number | undefined;
  readonly observables: readonly BinnedObservable[];
  /** Truth of the simulation. */
  readonly simulation: EventColumns;
  /** Truth of the data, if it is known. */
  readonly truth?: EventColumns | undefined;
  readonly methods: readonly MethodResult[];
  readonly tests: readonly MethodTest[];
  /** For each observable, those that are for it. */
  readonly predictions?: readonly (readonly Prediction[])[];
  /** For each observable, what a reader must know. */
  readonly notes: readonly (readonly string[])[];
}

/** Everything that was found, by observable. */
export function assembleResult(parts: ResultParts): MeasurementResult {
  const { name, luminosity, observables, methods, tests } = parts;
  const simulation = trueSums(parts.simulation, observables);
  const truth = parts.truth && trueSums(parts.truth, observables);
  return {
    name,
    ...(luminosity !== undefined && { luminosity }),
    observables: observables.map((each, k) => ofObservable(parts, each, k, { simulation, truth })),
    jointCovariances: methods.map(({ label, jointCovariance, jointSystematic, replicas }) => ({
      method: label,
      covariance: jointCovariance,
      systematic: jointSystematic,
      replicas,
    })),
    reports: methods
      .filter(({ iterations, gates }) => iterations.length + gates.length > 0)
      .map(({ label, iterations, ended, gates }) => ({
        method: label,
        iterations,
        ...(ended !== undefined && { ended }),
        gates,
      })),
    tests,
  };
}

interface Sums {
  readonly simulation: readonly (readonly number[])[];
  readonly truth: readonly (readonly number[])[] | undefined;
}

function ofObservable(
  { methods, predictions, notes }: ResultParts,
  { name, label, unit, truth: binning }: BinnedObservable,
  k: number,
  sums: Sums,
): ObservableResult {
  const truth = sums.truth?.[k];
  return {
    name,
    label,
    unit,
    bins: binResults(binning),
    simulation: sums.simulation[k]!,
    ...(truth && { truth }),
    methods: methods.map(({ label: method, spectra }) => {
      const found = { method, ...spectra[k]! };
      return truth ? { ...found, agreement: agreementWith(spectra[k]!, truth) } : found;
    }),
    ...(predictions?.[k]?.length && { predictions: predictions[k].map((each) => compared(each, methods, k)) }),
    notes: [...notes[k]!, ...methods.flatMap(leftOutNotes)],
  };
}

function leftOutNotes({ label, leftOut }: MethodResult): string[] {
  return Object.entries(leftOut).map(
    ([which, { count, reason }]) =>
      `Replicas of the ${which} that ${label} could not unfold, ${count} of them, are left out; the first: ${reason}.`,
  );
}

/** How the methods agree with a prediction, in the bins of which it says something. */
function compared(prediction: Prediction, methods: readonly MethodResult[], k: number): ComparedPrediction {
  const { values, errors } = prediction;
  const bins = [...values.keys()].filter((i) => values[i] !== null);
  const agreements = methods.map(({ label, spectra }) => {
    const { values: found, statistical, simulation, shifts } = spectra[k]!;
    const systematic = systematicCovariance(shifts, found.length);
    const own = diagonal(errors.map((error) => (error ?? 0) ** 2));
    const total = [simulation, systematic, own].reduce<Rows>(addMatrices, statistical);
    const covariance = bins.map((i) => bins.map((j) => total[i]![j]!));
    return {
      method: label,
      ...agreement(
        bins.map((i) => found[i]! - values[i]!),
        covariance,
      ),
    };
  });
  return { ...prediction, agreements };
}

/** The bins of a binning, as results have them. */
export function binResults(binning: Binning): BinResult[] {
  const orNull = (end: number): number | null => (Number.isFinite(end) ? end : null);
  return Array.from({ length: binning.size }, (_, bin) => ({
    label: binning.labelOf(bin),
    ranges: binning.rangesOf(bin).map(([low, high]) => [orNull(low), orNull(high)] as const),
    width: binning.isOpen(bin) ? null : binning.widthOf(bin),
  }));
}

import type { EventMoments } from '../measurement/event-moments.js';
import { type Shift, systematicCovariance } from '../measurement/systematics.js';
import type { Rows } from '../response/response.js';
import type { SpectraAgreement } from '../statistics/chi-squared.js';
import type { QualityGate } from '../unfolders/unfolder.js';

/** What is told of an iteration of a method of events. */
export interface IterationReport {
  readonly numbers: Readonly<Record<string, number>>;
  /** [observables][axes] of the unfolded events. */
  readonly moments: EventMoments;
  /** [observables][bins] sums of the unfolded events. */
  readonly values: readonly (readonly number[])[];
}

/** One true bin. */
export interface BinResult {
  /** `0 to 50`, `above 300`. */
  readonly label: string;
  /** The ends along each axis; null for an end that is open. */
  readonly ranges: readonly (readonly [low: number | null, high: number | null])[];
  /** Product of its widths; null for underflow and overflow. */
  readonly width: number | null;
}

/** What a method found of one observable; all in numbers of events. */
export interface MethodSpectrum {
  readonly method: string;
  /** [bins] */
  readonly values: readonly number[];
  /** [bins][bins] of the data. */
  readonly statistical: Rows;
  /** [bins][bins] of the finite simulation. */
  readonly simulation: Rows;
  /** What each systematic variation changes, by its sign. */
  readonly shifts: readonly Shift[];
  /** What the method decided, e.g. `iterations`. */
  readonly decisions: Readonly<Record<string, number>>;
  /** With the truth, of data whose truth is known. */
  readonly agreement?: SpectraAgreement;
}

/** What the unfolded data are compared with: a published result, or a calculation. */
export interface Prediction {
  readonly name: string;
  /** [bins] events; null for bins of which it says nothing. */
  readonly values: readonly (number | null)[];
  /** [bins] of one standard deviation. */
  readonly errors: readonly (number | null)[];
}

/** A prediction, and how the result of every method agrees with it. */
export interface ComparedPrediction extends Prediction {
  /** In the errors of both, those of the prediction without correlations. */
  readonly agreements: readonly (SpectraAgreement & { readonly method: string })[];
}

/** The result of one observable. */
export interface ObservableResult {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly bins: readonly BinResult[];
  /** [bins] true events of the simulation. */
  readonly simulation: readonly number[];
  /** [bins] true events of the data, if they are known. */
  readonly truth?: readonly number[];
  readonly methods: readonly MethodSpectrum[];
  /** Absent without any. */
  readonly predictions?: readonly ComparedPrediction[];
  /** What a reader must know, e.g. bins that the detector never shows. */
  readonly notes: readonly string[];
}

/** Outcomes of the tests of a method on one observable. */
export interface MethodTest {
  readonly test: 'closure' | 'linearity' | 'coverage' | 'bias' | 'bottom-line';
  readonly method: string;
  readonly observable: string;
  /** E.g. `chi² 4.1 / 6`. */
  readonly outcome: string;
  /** The number behind it: a chance, a slope, a share, a chi-squared for each bin, or a ratio. */
  readonly value: number;
}

/** What a method of events tells of itself. */
export interface MethodReport {
  readonly method: string;
  readonly iterations: readonly IterationReport[];
  /** Which iteration is the result and why, as a sentence. Absent: the last one. */
  readonly ended?: string;
  readonly gates: readonly QualityGate[];
}

/** Everything that a measurement found, as `measurement.json` has it. */
export interface MeasurementResult {
  readonly name: string;
  /** In 1/fb; values are numbers of events without it. */
  readonly luminosity?: number;
  readonly observables: readonly ObservableResult[];
  /** By method: the covariance of all bins of all observables, one after the other, from replicas of the data. */
  readonly jointCovariances: readonly {
    readonly method: string;
    readonly covariance: Rows;
    /** The same of all systematic variations together. */
    readonly systematic: Rows;
    /** [replicas][bins] from which the covariance is. */
    readonly replicas: Rows;
  }[];
  /** Of methods of events. */
  readonly reports: readonly MethodReport[];
  readonly tests: readonly MethodTest[];
}

/** Standard deviations: square roots of the diagonal. */
export function errorsOf(covariance: Rows): number[] {
  return covariance.map((row, i) => Math.sqrt(row[i]!));
}

/** Errors of all systematic variations together. */
export function systematicErrors({ shifts, values }: MethodSpectrum): number[] {
  return errorsOf(systematicCovariance(shifts, values.length));
}

/** Errors of data, simulation and systematic variations together. */
export function totalErrors(spectrum: MethodSpectrum): number[] {
  const { statistical, simulation } = spectrum;
  const systematic = systematicErrors(spectrum);
  return statistical.map((row, i) => Math.sqrt(row[i]! + simulation[i]![i]! + systematic[i]! ** 2));
}

/** What events of a bin are divided by to be a differential cross section, or events per unit; null if it is open. */
export function divisorOf({ width }: BinResult, luminosity: number | undefined): number | null {
  return width === null ? null : width * (luminosity ?? 1);
}

/** The unit of a differential result, in the markup of figures: `fb / GeV`, `events / GeV`. */
export function differentialUnit(unit: string, luminosity: number | undefined): string {
  const numerator = luminosity === undefined ? 'events' : 'fb';
  return unit === '' ? numerator : `${numerator} / ${unit}`;
}

/** What stands below the horizontal axis of figures: bins of several dimensions stand side by side. */
export function axisLabel({ label, unit, bins }: ObservableResult): string {
  if (bins[0]!.ranges.length > 1) return `${label}: number of the bin`;
  return unit === '' ? label : `${label} [${unit}]`;
}

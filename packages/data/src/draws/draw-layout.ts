import { QUANTITIES } from '@unfold-zoo/core/events';
import { WEIGHT } from '../files/event-layout.js';
import { type Column, MOMENTUM_COMPONENTS } from '../files/raw-events.js';

/** (N, draws, particles, 5) float32: mass, energy, px, py, pz in GeV. */
export const DRAWS = '/draws/momenta';
/** (N, particles, 5), where the truth is known. */
export const TRUTH = '/truth/momenta';
/** (N) number of the event in its split. */
export const INDEX = '/event/index';

/** What a file was to be that lacks some of this. */
export const MADE_BY = 'expected a file made by unfold sample';

/** Draws of neighbouring events. Momenta are mass, energy, px, py, pz in GeV; see `partonMomenta`. */
export interface DrawnEvents {
  readonly size: number;
  /** Row-major [n, draws, particles, 5]. */
  readonly draws: Float32Array;
  /** Row-major [n, particles, 5]. */
  readonly truth?: Float32Array;
  /** [n] */
  readonly weights?: Float32Array;
}

/** Draws with the numbers of their events in the split, and what else of the events their file keeps. */
export interface IndexedDraws extends DrawnEvents {
  /** [n] */
  readonly index: Int32Array;
  /** Columns of the input that were carried into the draws, by their names, [n] each. */
  readonly carried?: Readonly<Record<string, Column>>;
}

/** What is known of a file of draws when it is open. */
export interface DrawFacts {
  readonly path: string;
  readonly events: number;
  /** Draws per event. */
  readonly draws: number;
  /** Names of the particles, in order. */
  readonly particles: readonly string[];
  readonly hasTruth: boolean;
  readonly hasWeights: boolean;
  /** Names of the columns that were carried from the input. */
  readonly carried: readonly string[];
  /** Attributes of the file: seed, model, versions, `spec` as JSON, ... */
  attributes(): Readonly<Record<string, unknown>>;
}

/** Where a file of draws has a column that was carried into it: [n]. */
export function carriedPath(name: string): string {
  return `/event/${name}`;
}

/** What a file of draws has of each event. */
export interface DrawShape {
  readonly particles: readonly string[];
  /** Draws per event. */
  readonly draws: number;
  readonly truth: boolean;
  readonly weights: boolean;
}

/** Partons [..., P] in physical units, with ln E for each particle, as momenta: mass, energy, px, py, pz in GeV. */
export function partonMomenta(partons: Float64Array | Float32Array): Float32Array {
  const energy = QUANTITIES.indexOf('logE');
  return Float32Array.from(partons, (value, i) => (i % QUANTITIES.length === energy ? Math.exp(value) : value));
}

/** Momenta [..., particles, 5] as partons: files of draws hold the energy, and partons its logarithm. */
export function partonsOfMomenta(momenta: Float32Array): Float32Array {
  const partons = momenta.slice();
  for (let i = QUANTITIES.indexOf('logE'); i < partons.length; i += QUANTITIES.length)
    partons[i] = Math.log(partons[i]!);
  return partons;
}

/** One array of numbers per event. */
export interface DrawField {
  readonly key: 'draws' | 'truth' | 'weights';
  readonly dataset: string;
  readonly rowShape: readonly number[];
  /** Numbers per event. */
  readonly width: number;
}

/** The arrays that a file of draws holds, carried columns aside. */
export function drawFields({ particles, draws, truth, weights }: DrawShape): DrawField[] {
  const momenta = [particles.length, MOMENTUM_COMPONENTS.length];
  const field = (key: DrawField['key'], dataset: string, rowShape: readonly number[]): DrawField => {
    return { key, dataset, rowShape, width: rowShape.reduce((product, size) => product * size, 1) };
  };
  return [
    field('draws', DRAWS, [draws, ...momenta]),
    ...(truth ? [field('truth', TRUTH, momenta)] : []),
    ...(weights ? [field('weights', WEIGHT, [])] : []),
  ];
}

import { type EventSpec, QUANTITIES } from '@unfold-zoo/core';
import { WEIGHT } from '../files/event-layout.js';
import { MOMENTUM_COMPONENTS } from '../files/raw-events.js';

/** (N, draws, particles, 5) float32: mass, energy, px, py, pz in GeV. */
export const DRAWS = '/draws/momenta';
/** (N, particles, 5), where the truth is known. */
export const TRUTH = '/truth/momenta';
/** (N) number of the event in its split. */
export const INDEX = '/event/index';

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

/** Partons [..., P] in physical units, with ln E for each particle, as momenta: mass, energy, px, py, pz in GeV. */
export function partonMomenta(partons: Float64Array | Float32Array): Float32Array {
  const energy = QUANTITIES.indexOf('logE');
  return Float32Array.from(partons, (value, i) => (i % QUANTITIES.length === energy ? Math.exp(value) : value));
}

/** One array of numbers per event. */
export interface DrawField {
  readonly key: 'draws' | 'truth' | 'weights';
  readonly dataset: string;
  readonly rowShape: readonly number[];
  /** Numbers per event. */
  readonly width: number;
}

/** The arrays that a file of draws holds. */
export function drawFields(
  spec: EventSpec,
  { draws, truth, weights }: { readonly draws: number; readonly truth: boolean; readonly weights: boolean },
): DrawField[] {
  const momenta = [spec.particles.length, MOMENTUM_COMPONENTS.length];
  const field = (key: DrawField['key'], dataset: string, rowShape: readonly number[]): DrawField => {
    return { key, dataset, rowShape, width: rowShape.reduce((product, size) => product * size, 1) };
  };
  return [
    field('draws', DRAWS, [draws, ...momenta]),
    ...(truth ? [field('truth', TRUTH, momenta)] : []),
    ...(weights ? [field('weights', WEIGHT, [])] : []),
  ];
}

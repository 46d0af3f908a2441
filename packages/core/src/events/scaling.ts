import type { HostEvents, HostObjects, Observed } from '../contracts/events/event-spec.js';
import type { Representation } from '../contracts/events/representation.js';
import { defineService } from '../plugin/token.js';
import { fromAsinh, toAsinh } from './columns/asinh.js';
import { fromNormalScore, type NormalScores, toNormalScore } from './columns/normal-scores.js';

/** An affine map to mean 0 and standard deviation 1, after a logarithm where `log` says so. */
export interface ColumnScaling {
  readonly mean: Float64Array;
  readonly standardDeviation: Float64Array;
  /** 1 where the column is standardised as ln(max(x, tiny)). */
  readonly log: Uint8Array;
}

/**
 * How the truth of events and the features of each input become the numbers of networks: the representation of the
 * truth, and standardisation fitted on the training split.
 */
export interface EventScaling {
  /** What the truth is described by; absent: the parton vector itself. */
  readonly representation?: Representation;
  /** Of the columns of the representation, or of the parton vector. */
  readonly partons: ColumnScaling;
  /** Those of these columns that are mapped to normal scores instead, by their index; absent when there are none. */
  readonly normalScores?: ReadonlyMap<number, NormalScores>;
  /** Those of these columns whose standardised numbers are compressed by `toAsinh`; absent when there are none. */
  readonly asinh?: ReadonlySet<number>;
  readonly inputs: Readonly<Record<string, ColumnScaling>>;
  /**
   * GeV^2, one per particle: the training standard deviation of E^2, in which the consistency loss (paper, eq. 10)
   * measures M^2 - (E^2 - |p|^2). That of M^2 itself cannot serve: the masses of b quarks and neutrinos never vary.
   */
  readonly energySquared: Float64Array;
  /** GeV: the largest energy of a particle in the training events. Absent in scalings of before it was kept. */
  readonly largestEnergy?: number;
  /** Mean event weight, which batches divide by; absent when the events have no weights. */
  readonly meanWeight?: number;
}

/**
 * How the run's data were standardised; models need it to speak of physical units.
 * @example
 * component(GenerativeModel, 'mine', { inject: [Scaling], create: (_context, scaling) => new Mine(scaling), ... });
 */
export const Scaling = defineService<EventScaling>('Scaling');

/**
 * ln(E / GeV) of the least limit on the energies that a model may ask for, 1 PeV. Where training events have more than
 * 10 TeV the limit is higher: see `logEnergyLimit`.
 */
export const LOG_ENERGY_LIMIT = Math.log(1e6);

/** A model that asks for so many times the largest energy that it was trained on has not learnt it. */
const BEYOND_TRAINING = 100;

/**
 * ln(E / GeV) that no energy of a model goes beyond: a hundred times the largest of the training events, and 1 PeV at
 * least. An untrained decoder may ask for energies that single precision does not hold; losses do not follow it there,
 * and draws are cut to it and counted.
 */
export function logEnergyLimit({ largestEnergy = 0 }: Pick<EventScaling, 'largestEnergy'>): number {
  return Math.max(LOG_ENERGY_LIMIT, Math.log(BEYOND_TRAINING * largestEnergy));
}

/** Smallest argument of the logarithm of a log-scaled feature, 1 keV in GeV: a jet of one photon has mass 0. */
export const LOG_FLOOR = 1e-6;

/**
 * How many numbers a model learns of the truth of an event: the width of standardised partons. It is `partonWidth`
 * where the parton vector itself is learned.
 */
export function scaledWidth({ partons }: Pick<EventScaling, 'partons'>): number {
  return partons.mean.length;
}

/**
 * Parton vectors [n, P] in physical units to the numbers that a model learns, [n, W], standardised.
 * @param observed what the detector saw of these n events.
 */
export function scalePartons(scaling: EventScaling, partons: Float32Array, observed: Observed): Float32Array {
  const { representation, normalScores, asinh } = scaling;
  const { mean, standardDeviation } = scaling.partons;
  const width = scaledWidth(scaling);
  const numbers = representation ? representation.encode(partons, observed) : partons;
  const scaled = new Float32Array(numbers.length);
  for (let i = 0; i < scaled.length; i++) {
    const standardised = (numbers[i]! - mean[i % width]!) / standardDeviation[i % width]!;
    scaled[i] = asinh?.has(i % width) ? toAsinh(standardised) : standardised;
  }
  for (const [column, scores] of normalScores ?? [])
    for (let i = column; i < scaled.length; i += width) scaled[i] = toNormalScore(scores, numbers[i]!);
  return scaled;
}

/**
 * Standardised numbers [n, draws, W] of n events back to parton vectors [n, draws, P] in physical units: mass,
 * ln(E / GeV), px, py, pz of each particle.
 * @param observed what the detector saw of these n events.
 */
export function unscalePartons(scaling: EventScaling, scaled: Float32Array, observed: Observed): Float64Array {
  const { representation, normalScores, asinh } = scaling;
  const { mean, standardDeviation } = scaling.partons;
  const width = scaledWidth(scaling);
  const numbers = Float64Array.from(scaled, (value, i) => {
    const standardised = asinh?.has(i % width) ? fromAsinh(value) : value;
    return mean[i % width]! + standardDeviation[i % width]! * standardised;
  });
  for (const [column, scores] of normalScores ?? [])
    for (let i = column; i < numbers.length; i += width) numbers[i] = fromNormalScore(scores, scaled[i]!);
  return representation ? representation.decode(numbers, observed) : numbers;
}

/** The inputs of events as networks see them, before they are scaled. */
export function networkInputs(representation: Representation | undefined, observed: Observed): HostEvents['inputs'] {
  return representation?.inputs?.(observed) ?? observed.inputs;
}

/** Features [n, capacity, F] of one input, scaled; padding rows are zero. */
export function scaleFeatures(scaling: ColumnScaling, { features, mask }: HostObjects): Float32Array {
  const { mean, standardDeviation, log } = scaling;
  const width = mean.length;
  const scaled = new Float32Array(features.length);
  for (let object = 0; object < mask.length; object++) {
    if (mask[object] === 0) continue;
    for (let i = 0; i < width; i++) {
      const value = features[object * width + i]!;
      scaled[object * width + i] =
        ((log[i] === 1 ? Math.log(Math.max(value, LOG_FLOOR)) : value) - mean[i]!) / standardDeviation[i]!;
    }
  }
  return scaled;
}

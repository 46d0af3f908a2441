import * as tf from '@tensorflow/tfjs-core';
import { Module, type Parameter } from '@unfold-zoo/core';
import { compressColumns, type EventScaling, expandColumns } from '@unfold-zoo/core/events';
import { withinPi } from '@unfold-zoo/core/nn';
import type { AssignedParticles, ParticleColumns } from './assigned-particles.js';
import type { ChosenObjects, Directions } from './directions.js';

/** Deviations in eta and phi that count as small. */
const SMALL = 0.01;
/**
 * The same of px, py and pz, in standard deviations of what they are a deviation of. What neutrinos carry along the
 * beam is not measured, so that pz is known far worse; and the smaller the unit, the more an error counts in the tails.
 */
const SMALL_MOMENTA = [1 / 8, 1 / 8, 1 / 2] as const;
/** What none is larger than, in units of what counts as small, so that any number of a model gives a momentum. */
const LARGEST = 500;
/** Makes the standard deviation of what comes out about 1. */
const UNIT = 1.5;
/** The same of px, py and pz. */
const UNITS_OF_MOMENTA = [UNIT, UNIT, 0.6] as const;

/**
 * Particles relative to the objects that they are seen as. A network draws a number with an error of up to a sixth of
 * its spread over all events (the pair's px with 13 of 80 GeV), so that what the detector knows well is a number of its
 * own:
 *
 * - Beside the numbers of an event stand two more for each particle that is assigned: its eta and phi less those of its
 *   object; 0 without an object. What a model makes of them says the direction of the particle, and its momentum
 *   columns say the size: as momenta they add up to those of parents, and as deviations they are as precise as the
 *   object.
 * - Of the particle that all others come of, the momentum columns hold a deviation too: from the momentum of the whole
 *   event without the objects that were not chosen.
 *
 * A deviation d is asinh(d / s) / u, with what counts as small for s: most are small and some are not. The unit u makes
 * it of order 1.
 */
export class ObjectFrame extends Module {
  /** Numbers that stand beside those of an event. */
  readonly width: number;
  /** Columns of px, py and pz of all particles. */
  readonly #momentum: readonly [readonly number[], readonly number[], readonly number[]];
  readonly #origin: ParticleColumns['momentum'] | undefined;
  /**
   * [2, 3] s, in standard deviations, and u of px, py and pz of that particle. Kept in checkpoints and never trained:
   * draws are read in the units of the training. Undefined without that particle.
   */
  readonly originUnits: Parameter | undefined;
  readonly #scaling: EventScaling['partons'];
  readonly #asinh: EventScaling['asinh'];

  constructor(
    { particles, origin }: Pick<AssignedParticles, 'particles' | 'origin'>,
    { partons, asinh }: EventScaling,
  ) {
    super();
    const columns = [0, 1, 2].map((component) => particles.map(({ momentum }) => momentum[component]!));
    this.width = 2 * particles.length;
    this.#momentum = columns as [number[], number[], number[]];
    this.#origin = origin?.momentum;
    const units = [[...SMALL_MOMENTA], [...UNITS_OF_MOMENTA]];
    this.originUnits = origin && tf.tidy(() => tf.variable(tf.tensor2d(units), false));
    this.#scaling = partons;
    this.#asinh = asinh;
  }

  /** Where the particles go, of standardised partons [B, W]. */
  directions(partons: tf.Tensor2D): Directions {
    return directionOf(this.#momenta(partons));
  }

  /** Standardised partons [B, W] -> [B, W + 2 K], with the deviations. */
  encode(partons: tf.Tensor2D, objects: ChosenObjects): tf.Tensor2D {
    const { eta, phi } = this.directions(partons);
    const deviations = [tf.sub(eta, objects.eta), withinPi(tf.sub(phi, objects.phi))].map((deviation) =>
      tf.mul<tf.Tensor2D>(objects.present, compressed(tf.div<tf.Tensor2D>(deviation, SMALL), UNIT)),
    );
    const columns = [...(tf.split(partons, partons.shape[1], 1) as tf.Tensor2D[])];
    if (this.#origin) {
      const apart = tf.sub<tf.Tensor2D>(this.#inGeV(partons, this.#origin), objects.together);
      put(columns, this.#origin, this.#compressedOrigin(apart, this.#origin));
    }
    return tf.concat2d([...columns, ...deviations], 1);
  }

  /** [B, W + 2 K] -> standardised partons [B, W], whose particles go where the deviations say. */
  decode(described: tf.Tensor2D, objects: ChosenObjects): tf.Tensor2D {
    const particles = this.width / 2;
    const sizes = [described.shape[1] - this.width, particles, particles];
    const [partons, ofEta, ofPhi] = tf.split<tf.Tensor2D>(described, sizes, 1) as Three;
    const size = tf.sqrt(tf.addN(this.#momenta(partons).map((component) => tf.square(component))));
    const eta = tf.add<tf.Tensor2D>(objects.eta, tf.mul(SMALL, expanded(ofEta, UNIT)));
    const phi = tf.add<tf.Tensor2D>(objects.phi, tf.mul(SMALL, expanded(ofPhi, UNIT)));
    const pt = tf.div<tf.Tensor2D>(size, tf.cosh(eta));
    const momenta = [tf.mul(pt, tf.cos(phi)), tf.mul(pt, tf.sin(phi)), tf.mul(size, tf.tanh(eta))];
    const columns = [...(tf.split(partons, partons.shape[1], 1) as tf.Tensor2D[])];
    const isPresent = tf.cast(objects.present, 'bool');
    for (const [i, places] of this.#momentum.entries()) {
      const pointing = this.#standardised(momenta[i] as tf.Tensor2D, places);
      put(columns, places, tf.where(isPresent, pointing, columnsOf(partons, places)));
    }
    if (this.#origin) {
      const apart = this.#expandedOrigin(columnsOf(partons, this.#origin), this.#origin);
      put(columns, this.#origin, this.#standardised(tf.add(objects.together, apart), this.#origin));
    }
    return tf.concat2d(columns, 1);
  }

  /** Momenta [B, 3] in GeV, in units of the standard deviations of the first particle's. */
  scaledMomenta(momenta: tf.Tensor2D): tf.Tensor2D {
    const units = this.#momentum.map(([first]) => this.#scaling.standardDeviation[first!]!);
    return tf.div(momenta, tf.tensor2d([units]));
  }

  /** px, py and pz in GeV, [B, K] each. */
  #momenta(partons: tf.Tensor2D): Three {
    return this.#momentum.map((columns) => this.#inGeV(partons, columns)) as Three;
  }

  /** Columns of standardised partons [B, W] -> [B, K]. */
  #inGeV(partons: tf.Tensor2D, columns: readonly number[]): tf.Tensor2D {
    const { mean, standardDeviation } = this.#scaling;
    const standardised = expandColumns(columnsOf(partons, columns), this.#asinh, columns);
    return tf.add(tf.mul(standardised, rowOf(standardDeviation, columns)), rowOf(mean, columns));
  }

  /** [B, K] in GeV, as columns of standardised partons. */
  #standardised(momenta: tf.Tensor2D, columns: readonly number[]): tf.Tensor2D {
    const { mean, standardDeviation } = this.#scaling;
    const standardised = tf.div<tf.Tensor2D>(tf.sub(momenta, rowOf(mean, columns)), rowOf(standardDeviation, columns));
    return compressColumns(standardised, this.#asinh, columns);
  }

  /** Deviations [B, 3] in GeV of the particle in these columns, as a network sees them. */
  #compressedOrigin(apart: tf.Tensor2D, columns: readonly number[]): tf.Tensor2D {
    const { small, unit } = this.#unitsOf(columns);
    return compressed(tf.div(apart, small), unit);
  }

  /** The reverse of `#compressedOrigin`. */
  #expandedOrigin(values: tf.Tensor2D, columns: readonly number[]): tf.Tensor2D {
    const { small, unit } = this.#unitsOf(columns);
    return tf.mul(small, expanded(values, unit));
  }

  /** [1, 3] s in GeV and u. */
  #unitsOf(columns: readonly number[]): { readonly small: tf.Tensor2D; readonly unit: tf.Tensor2D } {
    const [small, unit] = tf.split(this.originUnits as tf.Tensor2D, 2) as [tf.Tensor2D, tf.Tensor2D];
    return { small: tf.mul(small, rowOf(this.#scaling.standardDeviation, columns)), unit };
  }
}

type Three = [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

/** Puts values [B, K] where columns [B, 1] have stood. */
function put(columns: tf.Tensor2D[], places: readonly number[], values: tf.Tensor2D): void {
  const each = tf.split(values, places.length, 1) as tf.Tensor2D[];
  for (const [k, place] of places.entries()) columns[place] = each[k]!;
}

/** [B, W] -> [B, K]. */
function columnsOf(partons: tf.Tensor2D, columns: readonly number[]): tf.Tensor2D {
  return tf.concat2d(
    columns.map((column) => tf.slice(partons, [0, column], [-1, 1]) as tf.Tensor2D),
    1,
  );
}

/** [1, K]. */
function rowOf(values: Float64Array, columns: readonly number[]): tf.Tensor2D {
  return tf.tensor2d([columns.map((column) => values[column]!)]);
}

/** GeV^2, so that a particle without transverse momentum has a direction. */
const LEAST_PT_SQUARED = 1e-12;

function directionOf([px, py, pz]: Three): Directions {
  const pt = tf.sqrt(tf.add(tf.add(tf.square(px), tf.square(py)), LEAST_PT_SQUARED));
  return { eta: tf.asinh(tf.div<tf.Tensor2D>(pz, pt)), phi: tf.atan2(py, px) };
}

/** Deviations [B, K] in units of what counts as small. */
function compressed(deviation: tf.Tensor2D, unit: number | tf.Tensor2D): tf.Tensor2D {
  return tf.div(tf.asinh(deviation), unit);
}

/** The reverse of `compressed`. */
function expanded(value: tf.Tensor2D, unit: number | tf.Tensor2D): tf.Tensor2D {
  const limit = Math.asinh(LARGEST);
  return tf.sinh(tf.clipByValue(tf.mul<tf.Tensor2D>(unit, value), -limit, limit));
}

import * as tf from '@tensorflow/tfjs-core';
import type { EventScaling } from '@unfold-zoo/core/events';
import type { ParticleColumns } from './assigned-particles.js';
import { withinPi } from './detector-objects.js';

/** Objects that K particles of B events are described relative to, [B, K] each. */
export interface ChosenObjects {
  /** GeV. */
  readonly pt: tf.Tensor2D;
  readonly eta: tf.Tensor2D;
  /** rad. */
  readonly phi: tf.Tensor2D;
  /** 1 where a particle has an object, 0 where it has none. */
  readonly present: tf.Tensor2D;
}

/** Where K particles of B events go, [B, K] each. */
export interface Directions {
  readonly eta: tf.Tensor2D;
  /** rad. */
  readonly phi: tf.Tensor2D;
}

/** How far momenta deviate from objects. */
interface Deviations {
  /** What counts as small; about half of most deviations are smaller. */
  readonly small: number;
  /** What none is larger than, so that any number of a model gives finite momenta. */
  readonly largest: number;
}

/** Of ln pT and ln E. */
const SIZE: Deviations = { small: 0.15, largest: 30 };
/** Of eta, and of phi in rad. */
const DIRECTION: Deviations = { small: 0.01, largest: 5 };
/** Makes the standard deviation of what comes out about 1. */
const UNIT = 1.5;

/**
 * Momenta of particles relative to the objects that they are seen as: ln pT, eta and phi less those of the object, and
 * ln E less the logarithm of its momentum, each as asinh(d / small) / 1.5: most deviations are small and some are not, and
 * what comes out is nearly normal. They take the places of px, py, pz and ln E. A particle without an object stays as it is.
 */
export class ObjectFrame {
  readonly #particles: readonly ParticleColumns[];
  readonly #columns: Columns;
  readonly #scaling: EventScaling['partons'];

  /** The particles all have a column of ln E, or none has. */
  constructor(particles: readonly ParticleColumns[], { partons }: EventScaling) {
    this.#particles = particles;
    const logE = particles.map((particle) => particle.logE).filter((column) => column !== undefined);
    const momentum = [0, 1, 2].map((component) => particles.map((particle) => particle.momentum[component]!));
    this.#columns = { momentum: momentum as [number[], number[], number[]], ...(logE.length > 0 && { logE }) };
    this.#scaling = partons;
  }

  /** Where the particles go, of standardised partons [B, W]. */
  directions(partons: tf.Tensor2D): Directions {
    const { eta, phi } = this.#cylindrical(partons);
    return { eta, phi };
  }

  /** Standardised partons [B, W] -> the same with deviations. */
  encode(partons: tf.Tensor2D, objects: ChosenObjects): tf.Tensor2D {
    const { logPt, eta, phi } = this.#cylindrical(partons);
    const { logE } = this.#columns;
    const known = logMomentum(objects);
    const momentum: Three = [
      compressed(tf.sub(logPt, known.pt), SIZE),
      compressed(tf.sub(eta, objects.eta), DIRECTION),
      compressed(withinPi(tf.sub(phi, objects.phi)), DIRECTION),
    ];
    const energy = logE && compressed(tf.sub(this.#physical(partons, logE), known.momentum), SIZE);
    return this.#replace(partons, objects, momentum, energy);
  }

  /** The inverse of `encode`. */
  decode(deviations: tf.Tensor2D, objects: ChosenObjects): tf.Tensor2D {
    const { logE, momentum } = this.#columns;
    const [logPt, eta, phi] = momentum.map((columns) => columnsOf(deviations, columns)) as Three;
    const known = logMomentum(objects);
    const pt = tf.exp(tf.add(known.pt, expanded(logPt, SIZE)));
    const angle = tf.add(objects.phi, expanded(phi, DIRECTION));
    const pz = tf.mul(pt, tf.sinh(tf.add(objects.eta, expanded(eta, DIRECTION))));
    const physical = [tf.mul(pt, tf.cos(angle)), tf.mul(pt, tf.sin(angle)), pz] as Three;
    const scaled = physical.map((values, i) => this.#standardised(values, momentum[i]!)) as Three;
    const energy = logE && tf.add(known.momentum, expanded(columnsOf(deviations, logE), SIZE));
    return this.#replace(deviations, objects, scaled, energy && this.#standardised(energy as tf.Tensor2D, logE));
  }

  #cylindrical(partons: tf.Tensor2D) {
    return cylindrical(this.#columns.momentum.map((columns) => this.#physical(partons, columns)) as Three);
  }

  /** [B, K] a column of each particle, in physical units. */
  #physical(partons: tf.Tensor2D, columns: readonly number[]): tf.Tensor2D {
    const { mean, standardDeviation } = this.#scaling;
    return tf.add(tf.mul(columnsOf(partons, columns), rowOf(standardDeviation, columns)), rowOf(mean, columns));
  }

  #standardised(values: tf.Tensor2D, columns: readonly number[]): tf.Tensor2D {
    const { mean, standardDeviation } = this.#scaling;
    return tf.div(tf.sub(values, rowOf(mean, columns)), rowOf(standardDeviation, columns));
  }

  /** `partons` with these numbers [B, K] of the particles that have an object. */
  #replace(
    partons: tf.Tensor2D,
    { present }: ChosenObjects,
    momentum: Three,
    energy: tf.Tensor2D | undefined,
  ): tf.Tensor2D {
    const changed = [...(tf.split(partons, partons.shape[1], 1) as tf.Tensor2D[])];
    const has = tf.cast(present, 'bool');
    const set = (columns: readonly number[], values: tf.Tensor2D): void => {
      const mixed = tf.split(tf.where(has, values, columnsOf(partons, columns)), this.#particles.length, 1);
      for (const [i, column] of columns.entries()) changed[column] = mixed[i] as tf.Tensor2D;
    };
    for (const [i, columns] of this.#columns.momentum.entries()) set(columns, momentum[i]!);
    if (energy) set(this.#columns.logE!, energy);
    return tf.concat2d(changed, 1);
  }
}

type Three = [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

/** Columns of K particles. */
interface Columns {
  /** px, py, pz. */
  readonly momentum: readonly [readonly number[], readonly number[], readonly number[]];
  readonly logE?: readonly number[];
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

function cylindrical([px, py, pz]: Three): {
  readonly logPt: tf.Tensor2D;
  readonly eta: tf.Tensor2D;
  readonly phi: tf.Tensor2D;
} {
  const squared = tf.add<tf.Tensor2D>(tf.add(tf.square(px), tf.square(py)), LEAST_PT_SQUARED);
  return {
    logPt: tf.mul(0.5, tf.log(squared)),
    eta: tf.asinh(tf.div<tf.Tensor2D>(pz, tf.sqrt(squared))),
    phi: tf.atan2(py, px),
  };
}

/** Logarithms of transverse momentum and momentum. */
function logMomentum({ pt, eta }: ChosenObjects): { readonly pt: tf.Tensor2D; readonly momentum: tf.Tensor2D } {
  const logPt = tf.log(tf.maximum<tf.Tensor2D>(pt, Math.sqrt(LEAST_PT_SQUARED)));
  return { pt: logPt, momentum: tf.add(logPt, tf.log(tf.cosh(eta))) };
}

function compressed(deviation: tf.Tensor2D, { small }: Deviations): tf.Tensor2D {
  return tf.div(tf.asinh(tf.div<tf.Tensor2D>(deviation, small)), UNIT);
}

function expanded(value: tf.Tensor2D, { small, largest }: Deviations): tf.Tensor2D {
  const limit = Math.asinh(largest / small);
  return tf.mul(small, tf.sinh(tf.clipByValue(tf.mul<tf.Tensor2D>(UNIT, value), -limit, limit)));
}

import * as tf from '@tensorflow/tfjs-core';
import type { EventScaling } from '@unfold-zoo/core/events';
import type { ParticleColumns } from './assigned-particles.js';
import { type ChosenObjects, type Directions, withinPi } from './directions.js';

/** Deviations in eta and phi that count as small. */
const SMALL = 0.01;
/** What none is larger than, so that any number of a model gives a direction. */
const LARGEST = 5;
/** Makes the standard deviation of what comes out about 1. */
const UNIT = 1.5;

/**
 * Directions of particles relative to the objects that they are seen as. Beside the numbers of an event stand two more
 * for each particle: its eta and phi less those of its object, as asinh(d / 0.01) / 1.5, since most deviations are
 * small and some are not; 0 without an object. What a model makes of them says the direction of the particle, and its
 * momentum columns say the size: as momenta they add up to those of parents, and as deviations they are as precise as
 * the object.
 */
export class ObjectFrame {
  /** Numbers that stand beside those of an event. */
  readonly width: number;
  /** Columns of px, py and pz of all particles. */
  readonly #momentum: readonly [readonly number[], readonly number[], readonly number[]];
  readonly #scaling: EventScaling['partons'];

  constructor(particles: readonly ParticleColumns[], { partons }: EventScaling) {
    const columns = [0, 1, 2].map((component) => particles.map(({ momentum }) => momentum[component]!));
    this.width = 2 * particles.length;
    this.#momentum = columns as [number[], number[], number[]];
    this.#scaling = partons;
  }

  /** Where the particles go, of standardised partons [B, W]. */
  directions(partons: tf.Tensor2D): Directions {
    return directionOf(this.#momenta(partons));
  }

  /** Standardised partons [B, W] -> [B, W + 2 K], with the deviations. */
  encode(partons: tf.Tensor2D, objects: ChosenObjects): tf.Tensor2D {
    const { eta, phi } = this.directions(partons);
    const deviations = [tf.sub(eta, objects.eta), withinPi(tf.sub(phi, objects.phi))].map((deviation) =>
      tf.mul<tf.Tensor2D>(objects.present, tf.div(tf.asinh(tf.div(deviation, SMALL)), UNIT)),
    );
    return tf.concat2d([partons, ...deviations], 1);
  }

  /** [B, W + 2 K] -> standardised partons [B, W], whose particles go where the deviations say. */
  decode(described: tf.Tensor2D, objects: ChosenObjects): tf.Tensor2D {
    const particles = this.width / 2;
    const sizes = [described.shape[1] - this.width, particles, particles];
    const [partons, ofEta, ofPhi] = tf.split<tf.Tensor2D>(described, sizes, 1) as Three;
    const size = tf.sqrt(tf.addN(this.#momenta(partons).map((component) => tf.square(component))));
    const eta = tf.add<tf.Tensor2D>(objects.eta, expanded(ofEta));
    const phi = tf.add<tf.Tensor2D>(objects.phi, expanded(ofPhi));
    const pt = tf.div<tf.Tensor2D>(size, tf.cosh(eta));
    return this.#replace(partons, objects.present, [
      tf.mul(pt, tf.cos(phi)),
      tf.mul(pt, tf.sin(phi)),
      tf.mul(size, tf.tanh(eta)),
    ]);
  }

  /** Momenta [B, 3] in GeV, in units of the standard deviations of the first particle's. */
  scaledMomenta(momenta: tf.Tensor2D): tf.Tensor2D {
    const units = this.#momentum.map(([first]) => this.#scaling.standardDeviation[first!]!);
    return tf.div(momenta, tf.tensor2d([units]));
  }

  /** px, py and pz in GeV, [B, K] each. */
  #momenta(partons: tf.Tensor2D): Three {
    const { mean, standardDeviation } = this.#scaling;
    return this.#momentum.map((columns) =>
      tf.add(tf.mul(columnsOf(partons, columns), rowOf(standardDeviation, columns)), rowOf(mean, columns)),
    ) as Three;
  }

  /** `partons` with these momenta of the particles that have an object. */
  #replace(partons: tf.Tensor2D, present: tf.Tensor2D, momenta: Three): tf.Tensor2D {
    const { mean, standardDeviation } = this.#scaling;
    const changed = [...(tf.split(partons, partons.shape[1], 1) as tf.Tensor2D[])];
    for (const [i, columns] of this.#momentum.entries()) {
      const scaled = tf.div(tf.sub(momenta[i]!, rowOf(mean, columns)), rowOf(standardDeviation, columns));
      const mixed = tf.where(tf.cast(present, 'bool'), scaled, columnsOf(partons, columns));
      const each = tf.split(mixed, columns.length, 1) as tf.Tensor2D[];
      for (const [k, column] of columns.entries()) changed[column] = each[k]!;
    }
    return tf.concat2d(changed, 1);
  }
}

type Three = [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

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

function expanded(value: tf.Tensor2D): tf.Tensor2D {
  const limit = Math.asinh(LARGEST / SMALL);
  return tf.mul(SMALL, tf.sinh(tf.clipByValue(tf.mul<tf.Tensor2D>(UNIT, value), -limit, limit)));
}

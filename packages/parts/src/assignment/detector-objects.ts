import * as tf from '@tensorflow/tfjs-core';
import type { Observation } from '@unfold-zoo/core';
import type { ColumnScaling } from '@unfold-zoo/core/events';
import type { AssignedParticles } from './assigned-particles.js';
import { type Choices, ofChosen, presence } from './choices.js';
import { type ChosenObjects, type Directions, withinPi } from './directions.js';

/** Added to the squared distance of what may not be chosen. */
const FAR = 1e6;

/** Objects of B events, [B, N] each. */
export interface MeasuredObjects {
  /** 1 for objects that may be chosen, 0 for others and for padding. */
  readonly eligible: tf.Tensor2D;
  /** GeV. */
  readonly pt: tf.Tensor2D;
  readonly eta: tf.Tensor2D;
  /** rad. */
  readonly phi: tf.Tensor2D;
}

/** The detector objects that particles may be, as scaled features [B, N, F] hold them. */
export class DetectorObjects {
  readonly #assigned: AssignedParticles;
  readonly #scaling: ColumnScaling;

  /** `scaling` is that of their features. */
  constructor(assigned: AssignedParticles, scaling: ColumnScaling) {
    this.#assigned = assigned;
    this.#scaling = scaling;
  }

  /** [B, N, F]. */
  features(observed: Observation): tf.Tensor3D {
    return observed[this.#assigned.input]!.features;
  }

  /** All objects, in physical units. */
  measured(observed: Observation): MeasuredObjects {
    const [pt, eta, phi] = this.#directions(observed);
    return { eligible: this.#eligible(observed), pt, eta, phi };
  }

  /** The nearest object of each particle in eta and phi, none where it is farther than `reach`. */
  nearest(particles: Directions, observed: Observation, reach: number): Choices {
    const { eligible, eta, phi } = this.measured(observed);
    return this.#assigned.particles.map((_, i) => {
      const of = (values: tf.Tensor2D): tf.Tensor2D => tf.slice(values, [0, i], [-1, 1]);
      const squared = tf.add(
        tf.square(withinPi(tf.sub(phi, of(particles.phi)))),
        tf.square(tf.sub(eta, of(particles.eta))),
      );
      const distance = tf.add(squared, tf.mul(tf.sub(1, eligible), FAR));
      const first = tf.oneHot(tf.argMin(distance, 1), eligible.shape[1], 1, 0, 'float32') as tf.Tensor2D;
      return tf.mul(first, tf.cast(tf.less(distance, reach ** 2), 'float32'));
    });
  }

  /** The objects that were chosen, in physical units. */
  chosen(choices: Choices, observed: Observation): ChosenObjects {
    const { eta, phi } = this.measured(observed);
    const of = (values: tf.Tensor2D): tf.Tensor2D =>
      tf.concat2d(
        choices.map((choice) => ofChosen(values, choice)),
        1,
      );
    return { eta: of(eta), phi: of(phi), present: presence(choices) };
  }

  /** Of the objects that may be chosen and were not: px, py and pz of all together, in GeV, and their number; [B, 4]. */
  unchosen(choices: Choices, observed: Observation): tf.Tensor2D {
    const { eligible, pt, eta, phi } = this.measured(observed);
    const isChosen = tf.minimum<tf.Tensor2D>(tf.addN([...choices]), 1);
    const left = tf.mul<tf.Tensor2D>(eligible, tf.sub(1, isChosen));
    const each = [tf.mul(pt, tf.cos(phi)), tf.mul(pt, tf.sin(phi)), tf.mul(pt, tf.sinh(eta)), tf.onesLike(pt)];
    return tf.concat2d(
      each.map((values) => tf.sum<tf.Tensor2D>(tf.mul(left, values), 1, true)),
      1,
    );
  }

  /** [B, N] 1 for objects that have one of the classes, 0 for others and for padding. */
  #eligible(observed: Observation): tf.Tensor2D {
    const { features, mask } = observed[this.#assigned.input]!;
    const { classes } = this.#assigned;
    if (classes.length === 0) return mask;
    const flags = classes.map((column) => tf.reshape(tf.slice(features, [0, 0, column], [-1, -1, 1]), mask.shape));
    const isOne = tf.greater(tf.addN(flags.map((flag) => tf.abs(flag))), 0);
    return tf.mul(mask, tf.cast(isOne, 'float32'));
  }

  /** pt, eta and phi [B, N], in physical units. */
  #directions(observed: Observation): [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D] {
    const features = this.features(observed);
    const [rows, count] = features.shape;
    const { mean, standardDeviation, log } = this.#scaling;
    return this.#assigned.direction.map((column) => {
      const scaled = tf.reshape<tf.Rank.R2>(tf.slice(features, [0, 0, column], [-1, -1, 1]), [rows, count]);
      const value = tf.add<tf.Tensor2D>(tf.mul(scaled, standardDeviation[column]!), mean[column]!);
      return log[column] === 1 ? tf.exp(value) : value;
    }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  }
}

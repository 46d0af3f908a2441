import * as tf from '@tensorflow/tfjs-core';
import type { EventSpec, Observation } from '@unfold-zoo/core';
import type { EventScaling, InputSpec, KinematicQuantity } from '@unfold-zoo/core/events';
import { withinPi } from '@unfold-zoo/core/nn';
import type { AssignedParticles } from './assigned-particles.js';
import { type Choices, ofChosen, presence } from './choices.js';
import type { ChosenObjects, Directions } from './directions.js';
import type { Momenta } from './masses.js';

/** Added to the squared distance of what may not be chosen. */
const FAR = 1e6;

/** Objects of B events, [B, N] each. */
export interface MeasuredObjects extends Momenta {
  /** 1 for objects that may be chosen, 0 for others and for padding. */
  readonly eligible: tf.Tensor2D;
}

/** The detector objects that particles may be, as scaled features [B, N, F] hold them. */
export class DetectorObjects {
  readonly #assigned: AssignedParticles;
  readonly #spec: EventSpec;
  readonly #scaling: EventScaling['inputs'];
  /** Inputs whose objects have a transverse momentum, and the one of which objects are chosen. */
  readonly #vectors: readonly string[];

  /** `scaling` is that of the features of all inputs. */
  constructor(assigned: AssignedParticles, spec: EventSpec, scaling: EventScaling['inputs']) {
    this.#assigned = assigned;
    this.#spec = spec;
    this.#scaling = scaling;
    const isVector = (input: InputSpec): boolean => columnOf(input, 'pt') >= 0 && columnOf(input, 'phi') >= 0;
    this.#vectors = Object.keys(spec.inputs).filter((name) => name === assigned.input || isVector(spec.inputs[name]!));
  }

  /** [B, N, F]. */
  features(observed: Observation): tf.Tensor3D {
    return observed[this.#assigned.input]!.features;
  }

  /** All objects, in physical units. */
  measured(observed: Observation): MeasuredObjects {
    return { eligible: this.#eligible(observed), ...this.#momenta(this.#assigned.input, observed) };
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
    const all = Object.fromEntries(this.#vectors.map((name) => [name, this.#momenta(name, observed)]));
    const { eta, phi } = all[this.#assigned.input]!;
    const of = (values: tf.Tensor2D): tf.Tensor2D =>
      tf.concat2d(
        choices.map((choice) => ofChosen(values, choice)),
        1,
      );
    const isChosen = tf.minimum<tf.Tensor2D>(tf.addN([...choices]), 1);
    const unchosen = tf.mul<tf.Tensor2D>(this.#eligible(observed), tf.sub(1, isChosen));
    const momenta = Object.entries(all).map(([name, each]) => {
      const { mask } = observed[name]!;
      return sumOf(each, name === this.#assigned.input ? tf.sub<tf.Tensor2D>(mask, unchosen) : mask);
    });
    return {
      eta: of(eta),
      phi: of(phi),
      present: presence(choices),
      together: tf.addN(momenta),
      unchosen: tf.sum(unchosen, 1, true),
    };
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

  /** pt, eta and phi [B, N] of an input, in physical units; eta is 0 where none is measured. */
  #momenta(input: string, observed: Observation): Momenta {
    const { features, mask } = observed[input]!;
    const { mean, standardDeviation, log } = this.#scaling[input]!;
    const [pt, eta, phi] = (['pt', 'eta', 'phi'] as const).map((quantity) => {
      const column = columnOf(this.#spec.inputs[input]!, quantity);
      if (column < 0) return tf.zerosLike(mask);
      const scaled = tf.reshape<tf.Rank.R2>(tf.slice(features, [0, 0, column], [-1, -1, 1]), mask.shape);
      const value = tf.add<tf.Tensor2D>(tf.mul(scaled, standardDeviation[column]!), mean[column]!);
      return log[column] === 1 ? tf.exp(value) : value;
    }) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
    return { pt, eta, phi };
  }
}

function columnOf({ features }: InputSpec, quantity: KinematicQuantity): number {
  return features.findIndex((feature) => feature.quantity === quantity);
}

/** px, py and pz [B, 3] of the objects of which a mask [B, N] is 1, together. */
function sumOf({ pt, eta, phi }: Momenta, mask: tf.Tensor2D): tf.Tensor2D {
  const each = [tf.cos(phi), tf.sin(phi), tf.sinh(eta)].map((along) => tf.mul<tf.Tensor2D>(pt, along));
  return tf.concat2d(
    each.map((component) => tf.sum<tf.Tensor2D>(tf.mul(mask, component), 1, true)),
    1,
  );
}

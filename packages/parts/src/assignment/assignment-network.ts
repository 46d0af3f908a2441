import * as tf from '@tensorflow/tfjs-core';
import { type EventSpec, Module, type Observation, type Rng } from '@unfold-zoo/core';
import { GatedFeedForward, Linear, PADDING_SCORE } from '@unfold-zoo/core/nn';
import { GatedTransformer } from '../encoders/gated-transformer.js';
import type { AssignedParticles } from './assigned-particles.js';
import { type Choices, ofChosen } from './choices.js';
import type { MeasuredObjects } from './detector-objects.js';
import { MASS_WIDTH, massFeatures, massSquared } from './masses.js';
import { PairMessages } from './pair-messages.js';

/** The size of an `AssignmentNetwork`. */
export interface AssignmentNetworkOptions {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly blocks: number;
}

/** What is known of the objects of R rows before any is chosen. */
export type Candidates = {
  /** [R, N + 1, H] what the network makes of each object, and of none of them, which stands last. */
  readonly embedded: tf.Tensor3D;
  /** [R, N, F] the objects as measured. */
  readonly measured: tf.Tensor3D;
  /** [R, N] each, in physical units. */
  readonly pt: tf.Tensor2D;
  readonly eta: tf.Tensor2D;
  readonly phi: tf.Tensor2D;
  /** [R, N + 1] 0, and far below where no object may be chosen. */
  readonly padding: tf.Tensor2D;
};

/**
 * p(a | y): which object each of K particles is, one particle after the other, each knowing what those before it are
 * (pointer networks; Vinyals et al. 2015). The objects see each other in a transformer. What is said of an object
 * depends on who has it already, on what the others have, and on the masses of it with one and with two of these: those
 * of resonances are among them.
 */
export class AssignmentNetwork extends Module {
  readonly encoder: GatedTransformer;
  readonly messages: PairMessages;
  readonly tokens: Linear;
  readonly measured: Linear;
  readonly none: Linear;
  /** Of an object: which particles have it, and its masses with what these have. */
  readonly relations: Linear;
  /** Of what the particles have: its features, and whose turn it is. */
  readonly others: Linear;
  readonly blocks: readonly GatedFeedForward[];
  readonly scores: Linear;
  readonly #assigned: AssignedParticles;

  constructor(spec: EventSpec, assigned: AssignedParticles, options: AssignmentNetworkOptions, rng: Rng) {
    super();
    const { width, heads, layers, blocks } = options;
    const particles = assigned.particles.length;
    const features = spec.inputs[assigned.input]!.features.length;
    const gated = { width, expansion: 2, gateBias: 2 };
    const map = (name: string, inputs: number, outputs = width): Linear =>
      new Linear({ inputs, outputs }, rng.fork(name));
    this.encoder = new GatedTransformer(spec, { ...gated, heads, layers, readoutHeads: 0 }, rng.fork('encoder'));
    this.messages = new PairMessages(width, rng.fork('messages'));
    this.tokens = map('tokens', width);
    this.measured = map('measured', features);
    this.none = map('none', width);
    this.relations = map('relations', relationsOf(particles));
    this.others = map('others', particles * (features + 2));
    this.blocks = Array.from({ length: blocks }, (_, i) => new GatedFeedForward(gated, rng.fork(`blocks ${i}`)));
    this.scores = map('scores', width, particles);
    this.#assigned = assigned;
  }

  /** Of B events. */
  candidates(observed: Observation, measured: MeasuredObjects): Candidates {
    const { features } = observed[this.#assigned.input]!;
    const { eligible, pt, eta, phi } = measured;
    const [rows, count] = eligible.shape;
    const { summary, objects } = this.encoder.encodeObjects(observed);
    const known = tf.slice(objects.tokens, [0, this.#firstToken(observed), 0], [rows, count, -1]);
    const tokens = tf.add<tf.Tensor3D>(known, this.messages.apply(known, measured));
    const own = tf.add<tf.Tensor3D>(this.tokens.apply(tokens), this.measured.apply(features));
    const none = tf.expandDims<tf.Tensor3D>(this.none.apply(summary), 1);
    return {
      embedded: tf.concat([own, none], 1),
      measured: tf.clone(features),
      ...{ pt, eta, phi },
      padding: tf.mul(tf.sub(1, tf.concat([eligible, tf.ones<tf.Rank.R2>([rows, 1])], 1)), PADDING_SCORE),
    };
  }

  /** ln p [R, N + 1] of what the next particle is, given what those before it are; the last column is none. */
  logProbabilities(candidates: Candidates, chosen: Choices): tf.Tensor2D {
    const { embedded, padding } = candidates;
    const ofObjects = this.relations.apply(this.#relations(candidates, chosen));
    const [rows, , width] = ofObjects.shape;
    const relations = tf.concat3d([ofObjects, tf.zeros([rows, 1, width])], 1);
    const known = tf.add<tf.Tensor3D>(tf.add(embedded, relations), this.others.apply(this.#others(candidates, chosen)));
    const hidden = this.blocks.reduce((x, block) => block.apply(x), known);
    const scores = tf.slice(this.scores.apply(hidden), [0, 0, chosen.length], [-1, -1, 1]);
    return tf.logSoftmax(tf.add<tf.Tensor2D>(tf.reshape(scores, padding.shape), padding));
  }

  /** [R, N, `relationsOf`], 0 for particles that have not had their turn or have no object. */
  #relations({ pt, eta, phi }: Candidates, chosen: Choices): tf.Tensor3D {
    const [rows, count] = pt.shape;
    const all = { pt, eta, phi };
    const objects = chosen.map((choice) => ({
      pt: ofChosen(pt, choice),
      eta: ofChosen(eta, choice),
      phi: ofChosen(phi, choice),
    }));
    const has = chosen.map((choice) => tf.sum<tf.Tensor2D>(choice, 1, true));
    const pairs = objects.map((one) => massSquared(all, one));
    const known = pairs.flatMap((own, i) => [
      tf.expandDims<tf.Tensor3D>(chosen[i]!, 2),
      seen(own, has[i]!),
      ...pairs.slice(0, i).map((other, j) => {
        const three = tf.add<tf.Tensor2D>(tf.add(own, other), massSquared(objects[i]!, objects[j]!));
        return seen(three, tf.mul(has[i]!, has[j]!));
      }),
    ]);
    const later = relationsOf(this.#assigned.particles.length) - relationsOf(chosen.length);
    return tf.concat3d([...known, tf.zeros<tf.Rank.R3>([rows, count, later])], 2);
  }

  /** [R, 1, K (F + 2)]. */
  #others({ measured }: Candidates, chosen: Choices): tf.Tensor3D {
    const [rows, , features] = measured.shape;
    const particles = this.#assigned.particles.length;
    const has = chosen.map((choice) => tf.expandDims<tf.Tensor3D>(tf.sum<tf.Tensor2D>(choice, 1, true), 2));
    const later = tf.zeros<tf.Rank.R3>([rows, 1, (particles - chosen.length) * (features + 1)]);
    const turn = tf.oneHot(tf.fill([rows, 1], chosen.length, 'int32'), particles, 1, 0, 'float32') as tf.Tensor3D;
    const known = chosen.flatMap((choice, i) => [read(measured, choice), has[i]!]);
    return tf.concat3d([...known, later, turn], 2);
  }

  /** Where the objects of the input stand among those of all inputs. */
  #firstToken(observed: Observation): number {
    const inputs = [...this.encoder.embeddings.keys()];
    const before = inputs.slice(0, inputs.indexOf(this.#assigned.input));
    return before.reduce((sum, name) => sum + observed[name]!.mask.shape[1], 0);
  }
}

/** [R, N, F] and a choice [R, N] -> [R, 1, F], the chosen row; 0 for none. */
function read(values: tf.Tensor3D, choice: tf.Tensor2D): tf.Tensor3D {
  return tf.matMul(tf.expandDims<tf.Tensor3D>(choice, 1), values);
}

/** [R, N] squared masses of what is there, [R, 1] 1 or 0 -> [R, N, `MASS_WIDTH`]. */
function seen(squared: tf.Tensor2D, isThere: tf.Tensor2D): tf.Tensor3D {
  return tf.mul(massFeatures(squared) as tf.Tensor3D, tf.expandDims(isThere, 2));
}

/** How much is said of an object and K particles: who has it, and its masses with one and with two of theirs. */
function relationsOf(particles: number): number {
  return particles + ((particles * (particles + 1)) / 2) * MASS_WIDTH;
}

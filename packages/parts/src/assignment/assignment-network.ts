import * as tf from '@tensorflow/tfjs-core';
import { type EventSpec, Module, type Observation, type Rng } from '@unfold-zoo/core';
import { GatedFeedForward, Linear, PADDING_SCORE } from '@unfold-zoo/core/nn';
import { GatedTransformer } from '../encoders/gated-transformer.js';
import type { AssignedParticles } from './assigned-particles.js';
import { ofChosen } from './choices.js';
import type { MeasuredObjects } from './detector-objects.js';
import { MASS_WIDTH, massFeatures, massSquared } from './masses.js';
import { PairMessages } from './pair-messages.js';
import { PairScores } from './pair-scores.js';

/** The size of an `AssignmentNetwork`. */
export interface AssignmentNetworkOptions {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly blocks: number;
}

/** Two particles. */
type Pair = readonly [number, number];

/** What each of K particles is, [R, N]; undefined for those that have not had their turn. */
export type Chosen = readonly (tf.Tensor2D | undefined)[];

/** What is known of the objects of R rows before any is chosen. */
export type Candidates = {
  /** [R, N + 1, H] what the network makes of each object, and of none of them, which stands last. */
  readonly embedded: tf.Tensor3D;
  /** [R, N + 1, N + 1] how well two go together, where there are two to be chosen together. */
  readonly pairs?: tf.Tensor3D;
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
 * p(a | y): which object each of K particles is, one turn after the other, each knowing what those before it are
 * (pointer networks; Vinyals et al. 2015). The objects see each other in a transformer. What is said of an object
 * depends on who has it already, on what the others have, and on the masses of it with one and with two of these: those
 * of resonances are among them. The two daughters of one particle have their turn together, before all others: all
 * pairs of objects are compared, so that none is left over with nothing to make the parent's mass with.
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
  /** Where the topology has two that are chosen together. */
  readonly pairs: PairScores | undefined;
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
    const hasPairs = assigned.turns.some((turn) => turn.length === 2);
    this.pairs = hasPairs ? new PairScores(width, Math.ceil(width / 2), rng.fork('pairs')) : undefined;
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
      ...(this.pairs && { pairs: this.pairs.apply(own, none, measured) }),
      measured: tf.clone(features),
      ...{ pt, eta, phi },
      padding: tf.mul(tf.sub(1, tf.concat([eligible, tf.ones<tf.Rank.R2>([rows, 1])], 1)), PADDING_SCORE),
    };
  }

  /** ln p [R, N + 1] of what this particle is, given what others are; the last column is none. */
  logProbabilities(candidates: Candidates, particle: number, chosen: Chosen): tf.Tensor2D {
    return tf.logSoftmax(this.#scores(this.#hidden(candidates, particle, chosen), particle, candidates));
  }

  /** ln p [R, N + 1, N + 1] of what these two are together; the last row and the last column are none. */
  pairLogProbabilities(candidates: Candidates, [first, second]: Pair, chosen: Chosen): tf.Tensor3D {
    const hidden = this.#hidden(candidates, first, chosen);
    const each = tf.add<tf.Tensor3D>(
      tf.expandDims(this.#scores(hidden, first, candidates), 2),
      tf.expandDims(this.#scores(hidden, second, candidates), 1),
    );
    const scores = tf.add<tf.Tensor3D>(each, candidates.pairs!);
    const [rows, count] = scores.shape;
    return tf.reshape(tf.logSoftmax(tf.reshape(scores, [rows, count * count])), scores.shape);
  }

  /** [R, N + 1, W] what is known of each object, and of none, when it is the turn of this particle. */
  #hidden(candidates: Candidates, turn: number, chosen: Chosen): tf.Tensor3D {
    const ofObjects = this.relations.apply(this.#relations(candidates, chosen));
    const [rows, , width] = ofObjects.shape;
    const relations = tf.concat3d([ofObjects, tf.zeros([rows, 1, width])], 1);
    const others = this.others.apply(this.#others(candidates, turn, chosen));
    const known = tf.add<tf.Tensor3D>(tf.add(candidates.embedded, relations), others);
    return this.blocks.reduce((x, block) => block.apply(x), known);
  }

  /** [R, N + 1]. */
  #scores(hidden: tf.Tensor3D, particle: number, { padding }: Candidates): tf.Tensor2D {
    const scores = tf.slice(this.scores.apply(hidden), [0, 0, particle], [-1, -1, 1]);
    return tf.add<tf.Tensor2D>(tf.reshape(scores, padding.shape), padding);
  }

  /** [R, N, `relationsOf`], 0 for particles that have not had their turn or have no object. */
  #relations({ pt, eta, phi }: Candidates, chosen: Chosen): tf.Tensor3D {
    const [rows, count] = pt.shape;
    const all = { pt, eta, phi };
    const known = chosen.map((choice) => {
      if (!choice) return undefined;
      const object = { pt: ofChosen(pt, choice), eta: ofChosen(eta, choice), phi: ofChosen(phi, choice) };
      return { choice, object, mass: massSquared(all, object), has: tf.sum<tf.Tensor2D>(choice, 1, true) };
    });
    const nothing = (width: number): tf.Tensor3D => tf.zeros([rows, count, width]);
    const said = known.flatMap((own, i) => [
      own ? tf.expandDims<tf.Tensor3D>(own.choice, 2) : nothing(1),
      own ? seen(own.mass, own.has) : nothing(MASS_WIDTH),
      ...known.slice(0, i).map((other) => {
        if (!own || !other) return nothing(MASS_WIDTH);
        const three = tf.add<tf.Tensor2D>(tf.add(own.mass, other.mass), massSquared(own.object, other.object));
        return seen(three, tf.mul(own.has, other.has));
      }),
    ]);
    return tf.concat3d(said, 2);
  }

  /** [R, 1, K (F + 2)]. */
  #others({ measured }: Candidates, turn: number, chosen: Chosen): tf.Tensor3D {
    const [rows, , features] = measured.shape;
    const whose = tf.oneHot(tf.fill([rows, 1], turn, 'int32'), chosen.length, 1, 0, 'float32') as tf.Tensor3D;
    const known = chosen.flatMap((choice) =>
      choice
        ? [read(measured, choice), tf.expandDims<tf.Tensor3D>(tf.sum<tf.Tensor2D>(choice, 1, true), 2)]
        : [tf.zeros<tf.Rank.R3>([rows, 1, features + 1])],
    );
    return tf.concat3d([...known, whose], 2);
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

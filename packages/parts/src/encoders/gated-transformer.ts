import * as tf from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  EventSpec,
  Module,
  type Observation,
  type Parameter,
  type Rng,
  UserError,
} from '@unfold-zoo/core';
import { affine, GatedAttention, GatedFeedForward, inSeries, Linear } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { expansion, gateBias } from '../blocks/gated-block-options.js';
import { embedObjects, objectEmbeddings } from './object-tokens.js';

const gatedTransformerOptions = z.object({
  width: z.int().positive().default(96).describe('Latent dimensionality D (paper, Table 2)'),
  heads: z.int().positive().default(4).describe('Attention heads (paper, Table 2); they divide the width'),
  layers: z.int().positive().default(8).describe('Detector transformer encoder layers N_S (paper, Table 2)'),
  expansion,
  gateBias,
});

/** Parsed options of the condition encoder `gated-transformer`. */
export type GatedTransformerOptions = z.output<typeof gatedTransformerOptions>;

/** One layer: every object attends to every other, then each is transformed by itself. */
class TransformerLayer extends Module {
  readonly attention: GatedAttention;
  readonly feedForward: GatedFeedForward;

  constructor(options: GatedTransformerOptions, rng: Rng) {
    super();
    this.attention = new GatedAttention(options, rng.fork('attention'));
    this.feedForward = new GatedFeedForward(options, rng.fork('feedForward'));
  }
}

/**
 * The detector encoder (paper, app. A.2): the gated transformer of SPANet 2 over all detector objects. The summary is
 * read from a learned event token that attends to all of them. Nothing encodes positions: the order of the objects of
 * an input does not matter, nor does padding.
 */
export class GatedTransformer extends Module implements ConditionEncoder {
  readonly width: number;
  /** [1, D]. */
  readonly eventToken: tf.Variable<tf.Rank.R2>;
  /** A linear map for each kind of input, by its name. */
  readonly embeddings: ReadonlyMap<string, Linear>;
  readonly layers: readonly TransformerLayer[];
  readonly summary: Linear;
  /** Parameters of all that is done to every object. */
  readonly #ofObjects: readonly Parameter[];

  constructor(spec: EventSpec, options: GatedTransformerOptions, rng: Rng) {
    super();
    const { width, layers } = options;
    this.width = width;
    this.eventToken = tf.tidy(() => tf.variable(rng.fork('eventToken').normalTensor(1, width)));
    this.embeddings = objectEmbeddings(spec, width, rng);
    this.layers = Array.from({ length: layers }, (_, i) => new TransformerLayer(options, rng.fork(`layers ${i}`)));
    this.summary = new Linear({ inputs: width, outputs: width }, rng.fork('summary'));
    const ofEvent = new Set(this.layers.at(-1)!.feedForward.parameters);
    this.#ofObjects = this.layers.flatMap((layer) => layer.parameters).filter((each) => !ofEvent.has(each));
  }

  encode(observed: Observation): tf.Tensor2D {
    return tf.tidy(() => {
      const objects = [...this.embeddings].map(([name, embedding]) => embedObjects(observed, name, embedding));
      const batch = objects[0]!.mask.shape[0];
      const event = tf.reshape<tf.Rank.R3>(affine(tf.ones([batch, 1]), this.eventToken), [batch, 1, this.width]);
      const mask = tf.concat([tf.ones([batch, 1]), ...objects.map(({ mask }) => mask)] as tf.Tensor2D[], 1);
      const tokens = tf.concat([event, ...objects.map(({ tokens }) => tokens)], 1);
      return this.summary.apply(this.#transform(tokens, mask));
    });
  }

  /** [B, N, D], [B, N] -> [B, D], the event token after all layers. */
  #transform(tokens: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor2D {
    const last = this.layers.at(-1)!;
    const transformed = inSeries(tokens, this.#ofObjects, () => {
      let current = tokens;
      for (const layer of this.layers) {
        // Nobody looks at the other tokens of the last layer.
        if (layer === last) return layer.attention.applyToFirst(current, mask);
        current = layer.feedForward.apply(layer.attention.apply(current, mask), mask);
      }
      return current;
    });
    const [batch, , width] = transformed.shape;
    const event = tf.reshape<tf.Rank.R2>(tf.slice(transformed, [0, 0, 0], [batch, 1, width]), [batch, width]);
    return last.feedForward.apply(event);
  }
}

/** The component `gated-transformer` of the role `conditionEncoder`; refuses a width that its heads do not divide. */
export const gatedTransformer = component(ConditionEncoder, 'gated-transformer', {
  description: 'The gated transformer of SPANet 2 over detector objects, summarised by an event token',
  options: gatedTransformerOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => {
    const { width, heads } = options;
    if (width % heads !== 0)
      throw new UserError(`invalid heads: expected a divisor of the width ${width}, got ${heads}`);
    return new GatedTransformer(spec, options, rng);
  },
});

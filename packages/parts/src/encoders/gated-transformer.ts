import * as tf from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  type EncodedObservation,
  EventSpec,
  Module,
  type Observation,
  type Parameter,
  type Rng,
} from '@unfold-zoo/core';
import { affine, GatedAttention, GatedFeedForward, inSeries, Linear } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { headsDivideWidth } from '../blocks/check-heads.js';
import { expansion, gateBias } from '../blocks/gated-block-options.js';
import { ObjectReadout } from './object-readout.js';
import { embedObjects, type ObjectTokens, objectEmbeddings } from './object-tokens.js';

const eachOption = z.object({
  width: z.int().positive().default(96).describe('Latent dimensionality D (paper, Table 2)'),
  heads: z.int().positive().default(4).describe('Attention heads (paper, Table 2); they divide the width'),
  layers: z.int().positive().default(8).describe('Detector transformer encoder layers N_S (paper, Table 2)'),
  readoutHeads: z
    .int()
    .nonnegative()
    .default(0)
    .describe(
      'Heads that read the objects as they were measured, past all layers, into the summary: the network learns ' +
        'which objects, a softmax over what the layers made of them. Normalisation and gates blur a momentum that is ' +
        'measured to a percent; this does not. 0 as in the paper',
    ),
  expansion,
  gateBias,
});

const gatedTransformerOptions = eachOption.superRefine(headsDivideWidth);

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
  readonly readout?: ObjectReadout;
  readonly summary: Linear;
  readonly #ofLayers: readonly Parameter[];
  /** Parameters of all that is done to every object where the event token alone is wanted. */
  readonly #ofObjects: readonly Parameter[];

  constructor(spec: EventSpec, options: GatedTransformerOptions, rng: Rng) {
    super();
    const { width, layers, readoutHeads } = options;
    this.width = width;
    this.eventToken = tf.tidy(() => tf.variable(rng.fork('eventToken').normalTensor(1, width)));
    this.embeddings = objectEmbeddings(spec, width, rng);
    this.layers = Array.from({ length: layers }, (_, i) => new TransformerLayer(options, rng.fork(`layers ${i}`)));
    if (readoutHeads > 0) this.readout = new ObjectReadout({ width, heads: readoutHeads }, rng.fork('readout'));
    const summarised = width + (this.readout?.width ?? 0);
    this.summary = new Linear({ inputs: summarised, outputs: width }, rng.fork('summary'));
    this.#ofLayers = this.layers.flatMap((layer) => layer.parameters);
    const ofEvent = new Set(this.layers.at(-1)!.feedForward.parameters);
    this.#ofObjects = this.#ofLayers.filter((each) => !ofEvent.has(each));
  }

  encode(observed: Observation): tf.Tensor2D {
    return tf.tidy(() => {
      const { readout } = this;
      return readout
        ? this.#encode(observed).summary
        : this.summary.apply(this.#transformForEvent(this.#embed(observed)));
    });
  }

  encodeObjects(observed: Observation): Required<EncodedObservation> {
    return tf.tidy(() => this.#encode(observed));
  }

  #encode(observed: Observation): Required<EncodedObservation> {
    const embedded = this.#embed(observed);
    const [event, tokens] = eventAndObjects(this.#transform(embedded));
    const objects = { tokens, mask: tf.slice(embedded.mask, [0, 1], [-1, -1]) as tf.Tensor2D };
    const read = this.readout?.apply(objects, eventAndObjects(embedded.tokens)[1]);
    return { summary: this.summary.apply(read ? tf.concat([event, read], 1) : event), objects };
  }

  /** The event token and all objects after it. */
  #embed(observed: Observation): ObjectTokens {
    const objects = [...this.embeddings].map(([name, embedding]) => embedObjects(observed, name, embedding));
    const batch = objects[0]!.mask.shape[0];
    const event = tf.reshape<tf.Rank.R3>(affine(tf.ones([batch, 1]), this.eventToken), [batch, 1, this.width]);
    const mask = tf.concat([tf.ones([batch, 1]), ...objects.map(({ mask }) => mask)] as tf.Tensor2D[], 1);
    return { tokens: tf.concat([event, ...objects.map(({ tokens }) => tokens)], 1), mask };
  }

  /** [B, N, D], all tokens after all layers. */
  #transform({ tokens, mask }: ObjectTokens): tf.Tensor3D {
    return inSeries(tokens, this.#ofLayers, () =>
      this.layers.reduce((current, { attention, feedForward }) => {
        return feedForward.apply(attention.apply(current, mask), mask);
      }, tokens),
    );
  }

  /** [B, D], the event token after all layers. */
  #transformForEvent({ tokens, mask }: ObjectTokens): tf.Tensor2D {
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
    return last.feedForward.apply(eventAndObjects(transformed)[0]);
  }
}

/** [B, 1 + N, D] -> the event token [B, D], and the objects [B, N, D]. */
function eventAndObjects(tokens: tf.Tensor3D): [event: tf.Tensor2D, objects: tf.Tensor3D] {
  const [batch, , width] = tokens.shape;
  const event = tf.reshape<tf.Rank.R2>(tf.slice(tokens, [0, 0, 0], [batch, 1, width]), [batch, width]);
  return [event, tf.slice(tokens, [0, 1, 0], [-1, -1, -1])];
}

/** The component `gated-transformer` of the role `conditionEncoder`. */
export const gatedTransformer = component(ConditionEncoder, 'gated-transformer', {
  description: 'The gated transformer of SPANet 2 over detector objects, summarised by an event token',
  options: gatedTransformerOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new GatedTransformer(spec, options, rng),
});

import * as tf from '@tensorflow/tfjs-core';
import {
  type CodecCondition,
  ConditionEncoder,
  component,
  LatentCodec,
  type LatentPosterior,
  Module,
  type Rng,
  Scaling,
} from '@unfold-zoo/core';
import { normalDraw } from '@unfold-zoo/core/diffusion';
import { scaledWidth } from '@unfold-zoo/core/events';
import { gaussianKl } from '@unfold-zoo/core/losses';
import { customGradient } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { expansion, gateBias } from '../blocks/gated-block-options.js';
import { GatedStack } from '../blocks/gated-stack.js';

/** Keeps a mean of zero finite when it is rescaled; far below the square of any other float32 mean of a network. */
const SMALLEST_SQUARE = 1e-12;

/** How little the log standard deviation of a latent depends on the event at first, as a part of the Glorot kernel. */
const INITIAL_SCALE = 0.01;

const gaussianCodecOptions = z.object({
  width: z
    .int()
    .positive()
    .optional()
    .describe(
      "Latent dimensionality D (paper, Table 2), also that of the blocks; absent: the condition encoder's width",
    ),
  encoderBlocks: z
    .int()
    .nonnegative()
    .default(6)
    .describe('Parton encoder blocks N_E (paper, Table 2), in each network'),
  decoderBlocks: z.int().nonnegative().default(6).describe('Parton decoder blocks N_D (paper, Table 2)'),
  condition: z
    .enum(['none', 'encoder', 'both'])
    .default('none')
    .describe('Which halves see the detector: none is VLD, encoder UC-VLD, both C-VLD'),
  normaliseMean: z
    .boolean()
    .default(true)
    .describe('Whether the mean of a latent is rescaled to length sqrt(D) (paper, app. A.3)'),
  initialLogStd: z
    .number()
    .default(-7)
    .describe(
      'Log standard deviation of every latent before training: -7 is near the best one under eq. 9, half of ' +
        'gamma_0 less ln(2)/2. From 0 that KL would start at a million, and single outlying events would outweigh ' +
        'all others',
    ),
  expansion,
  gateBias,
});

/** Parsed options of the codec `gaussian`. */
export type GaussianCodecOptions = z.output<typeof gaussianCodecOptions>;

/** What a codec lies between. */
export interface CodecWidths {
  /** P. */
  readonly partons: number;
  /** L. */
  readonly latent: number;
  /** D. */
  readonly condition: number;
}

/** q(z_x | x) with an independent normal distribution in each dimension. */
export class GaussianPosterior implements LatentPosterior {
  /** Both [B, L]. */
  constructor(
    readonly mean: tf.Tensor2D,
    readonly logStd: tf.Tensor2D,
  ) {}

  sample(rng: Rng): tf.Tensor2D {
    return normalDraw(this.mean, this.logStd, rng.normalTensor(...this.mean.shape));
  }

  kl(mean: tf.Tensor2D | tf.Scalar, logStd: tf.Tensor2D | tf.Scalar): tf.Tensor2D {
    return gaussianKl(this, { mean, logStd });
  }
}

/**
 * Parton encoder and decoder of a variational autoencoder (paper, app. A.3 and A.4). Mean and log standard deviation
 * come from two networks of their own. The detector summary, where it is seen, is concatenated to the input.
 *
 * Like the decoder, each network ends in a linear layer, which A.3 does not mention: a gate only mixes its input with
 * values in [-1, 1], which would keep the log standard deviation from falling as low as a precise latent needs.
 * The log standard deviation is not clipped. It starts at `initialLogStd`, nearly the same for every event.
 */
export class GaussianCodec extends Module implements LatentCodec {
  readonly latentWidth: number;
  readonly deterministic = false;
  readonly condition: CodecCondition;
  readonly mean: GatedStack;
  readonly logStd: GatedStack;
  readonly decoder: GatedStack;
  readonly #options: GaussianCodecOptions;

  constructor({ partons, latent, condition }: CodecWidths, options: GaussianCodecOptions, rng: Rng) {
    super();
    const { encoderBlocks, decoderBlocks, expansion, gateBias } = options;
    const inner = { width: latent, expansion, gateBias };
    const seenBy = (half: 'encoder' | 'decoder'): number => (sees(options, half) ? condition : 0);
    const encoder = { ...inner, inputs: partons + seenBy('encoder'), outputs: latent, blocks: encoderBlocks };
    const decoder = { ...inner, inputs: latent + seenBy('decoder'), outputs: partons, blocks: decoderBlocks };
    this.latentWidth = latent;
    this.condition = options.condition;
    this.mean = new GatedStack(encoder, rng.fork('mean'));
    const initialOutput = { scale: INITIAL_SCALE, bias: options.initialLogStd };
    this.logStd = new GatedStack({ ...encoder, initialOutput }, rng.fork('logStd'));
    this.decoder = new GatedStack(decoder, rng.fork('decoder'));
    this.#options = options;
  }

  encode(partons: tf.Tensor2D, condition: tf.Tensor2D): GaussianPosterior {
    const input = sees(this.#options, 'encoder') ? tf.concat([partons, condition], 1) : partons;
    const mean = this.mean.apply(input);
    return new GaussianPosterior(this.#options.normaliseMean ? rescaled(mean) : mean, this.logStd.apply(input));
  }

  decode(latent: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor2D {
    return this.decoder.apply(sees(this.#options, 'decoder') ? tf.concat([latent, condition], 1) : latent);
  }
}

function sees({ condition }: GaussianCodecOptions, half: 'encoder' | 'decoder'): boolean {
  return condition === 'both' || condition === half;
}

/** sqrt(D) mean / |mean|. */
function rescaled(mean: tf.Tensor2D): tf.Tensor2D {
  return customGradient([mean], () => {
    const factor = tf.rsqrt(tf.add(tf.mean(tf.square(mean), 1, true), SMALLEST_SQUARE));
    const value = tf.mul<tf.Tensor2D>(mean, factor);
    return {
      value,
      saved: [value, factor],
      gradient: (dy, [value, factor]) => [
        tf.mul(factor!, tf.sub(dy, tf.mul(value!, tf.mean(tf.mul(value!, dy), 1, true)))),
      ],
    };
  });
}

/** The component `gaussian` of the role `codec`. */
export const gaussianCodec = component(LatentCodec, 'gaussian', {
  description: 'A variational autoencoder of the partons with a normal latent, optionally conditioned on the detector',
  options: gaussianCodecOptions,
  inject: [Scaling, ConditionEncoder],
  create: ({ options, rng }, scaling, { width }) => {
    const widths = { partons: scaledWidth(scaling), latent: options.width ?? width, condition: width };
    return new GaussianCodec(widths, options, rng);
  },
});

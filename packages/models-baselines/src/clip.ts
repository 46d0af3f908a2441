import * as tf from '@tensorflow/tfjs-core';
import { Module, type Parameter, type Rng } from '@unfold-zoo/core';
import { weightedMean } from '@unfold-zoo/core/losses';
import { Linear } from '@unfold-zoo/core/nn';

/**
 * Where the temperature starts, exp(tau) = 1 / 0.07, and how high exp(tau) may go (Radford et al. 2021, section 2.5).
 */
const FIRST_SCALE = 1 / 0.07;
const LARGEST_SCALE = 100;

/** Keeps a projection of zero finite when it is brought to length 1. */
const SMALLEST_SQUARE = 1e-12;

/**
 * Contrastive objective that draws the latent z_x and the detector summary z_y of the same event together, and those of
 * different events of the batch apart (CLIP, Radford et al. 2021, Figure 3).
 */
export class Clip extends Module {
  readonly latentProjection: Linear;
  readonly conditionProjection: Linear;
  /** Logarithm of the inverse temperature, tau. */
  readonly logScale: Parameter;

  constructor({ latent, condition }: { readonly latent: number; readonly condition: number }, rng: Rng) {
    super();
    const outputs = Math.min(latent, condition);
    this.latentProjection = new Linear({ inputs: latent, outputs, bias: false }, rng.fork('latent'));
    this.conditionProjection = new Linear({ inputs: condition, outputs, bias: false }, rng.fork('condition'));
    this.logScale = tf.tidy(() => tf.variable(tf.scalar(Math.log(FIRST_SCALE))));
  }

  /** [B, L], [B, D]: the mean cross-entropy of finding each event's partner in the batch, from either side. */
  loss(latent: tf.Tensor2D, condition: tf.Tensor2D, weights?: tf.Tensor1D): tf.Scalar {
    const cosine = tf.matMul(
      unit(this.latentProjection.apply(latent)),
      transposed(unit(this.conditionProjection.apply(condition))),
    );
    const scale = tf.exp(tf.minimum(this.logScale, Math.log(LARGEST_SCALE)));
    const logits: tf.Tensor2D = tf.mul(cosine, scale);
    return weightedMean(tf.mul(0.5, tf.add(crossEntropy(logits), crossEntropy(transposed(logits)))), weights);
  }
}

/** [B, B] logits, the partner of row i in column i -> [B]. */
function crossEntropy(logits: tf.Tensor2D): tf.Tensor1D {
  const partner = tf.sum(tf.mul(logits, tf.eye(logits.shape[0])), 1);
  return tf.sub(tf.logSumExp(logits, 1), partner) as tf.Tensor1D;
}

function unit(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(rows, tf.rsqrt(tf.add(tf.sum(tf.square(rows), 1, true), SMALLEST_SQUARE)));
}

function transposed(matrix: tf.Tensor2D): tf.Tensor2D {
  return tf.transpose(matrix);
}

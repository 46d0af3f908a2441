import * as tf from '@tensorflow/tfjs-core';
import type { LatentCodec, Rng, StageLoss } from '@unfold-zoo/core';
import type { EventScaling } from '@unfold-zoo/core/events';
import {
  type ConsistencyOptions,
  consistencyTerm,
  type Reduction,
  reduceDimensions,
  weightedMean,
} from '@unfold-zoo/core/losses';

/** What a VAE encodes. */
export interface VaeBatch {
  /** [B, P]. */
  readonly partons: tf.Tensor2D;
  /** [B, D], what the codec may see of the detector. */
  readonly condition: tf.Tensor2D;
  /** [B] event weights, mean about 1. */
  readonly weights?: tf.Tensor1D | undefined;
}

/** Options of a VAE's loss. */
export interface VaeLossOptions {
  readonly reduction: Reduction;
  readonly priorWeight: number;
  readonly reconstructionWeight: number;
  readonly consistency: ConsistencyOptions;
}

/**
 * Loss of a codec whose prior is N(0, 1): a VAE or, where it sees the detector, a CVAE (paper, eqs. 4, 5 and 10). With
 * it the latents [B, L].
 */
export function vaeLoss(
  { codec, scaling }: { readonly codec: LatentCodec; readonly scaling: EventScaling },
  { partons, condition, weights }: VaeBatch,
  { reduction, priorWeight, reconstructionWeight, consistency }: VaeLossOptions,
  rng: Rng,
): StageLoss & { readonly latent: tf.Tensor2D } {
  const posterior = codec.encode(partons, condition);
  const latent = posterior.sample(rng);
  const decoded = codec.decode(latent, condition);
  const mean = (perDimension: tf.Tensor2D) => weightedMean(reduceDimensions(perDimension, reduction), weights);

  const squaredError = mean(tf.squaredDifference(decoded, partons));
  return {
    terms: {
      reconstruction: tf.mul(reconstructionWeight, squaredError),
      latentPrior: tf.mul(priorWeight, mean(posterior.kl(tf.scalar(0), tf.scalar(0)))),
      ...consistencyTerm(decoded, scaling, consistency, weights),
    },
    monitored: { squaredError },
    latent,
  };
}

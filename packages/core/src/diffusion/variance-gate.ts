import * as tf from '@tensorflow/tfjs-core';
import type { GradientGate } from '../contracts.js';
import { withGradient } from './with-gradient.js';

/** Two identities that meet in the backward pass. Make a pair for each loss. */
export interface VarianceGate {
  /** Wraps, in the schedule, whatever depends on the shape parameters: [B], event i touching loss i alone. */
  readonly gate: GradientGate;
  /** Wraps the per-event losses l_i, [B], right before their mean. */
  readonly probe: GradientGate;
}

/**
 * Trains the shape of a noise schedule on the variance of the loss (Kingma et al. 2021) in the backward
 * pass that trains everything else on its mean.
 *
 * Of L = (1/B) sum_i l_i the gradient g_i / B with g_i = dl_i/dv_i reaches the gated value v_i. The variance over the
 * batch, V = (1/B) sum_i (l_i - mean l)^2, has dV/dv_i = 2 (l_i - mean l) g_i / B: the part that comes from the mean
 * drops out because the deviations sum to zero. So `gate` multiplies what passes by 2 (l_i - mean l), which `probe`
 * left behind: the tape runs backwards, so it comes by the losses first.
 *
 * Weighted events: put the probe on w_i l_i. The shape then lowers the variance of the weighted estimate itself.
 */
export function varianceGate(): VarianceGate {
  let slopes: tf.Tensor1D | undefined;
  return {
    probe: (losses) =>
      withGradient(losses, (upstream, values) => {
        slopes = tf.mul<tf.Tensor1D>(2, tf.sub(values, tf.mean(values)));
        return tf.clone(upstream);
      }),
    gate: (gated) =>
      withGradient(gated, (upstream) => {
        if (!slopes) throw new Error('invalid gradient: it reached the variance gate without passing the probe');
        return tf.mul(upstream, slopes);
      }),
  };
}

import * as tf from '@tensorflow/tfjs-core';
import type { GradientGate } from '../contracts/model/noise-schedule.js';
import { withGradient } from './with-gradient.js';

/** Two identities that meet in the backward pass. Make a pair for each loss. */
export interface VarianceGate {
  /** Wraps, in the schedule, whatever depends on the shape parameters: [B], event i touching loss i alone. */
  readonly gate: GradientGate;
  /** Wraps the per-event losses l_i, [B], right before their mean. */
  readonly probe: GradientGate;
}

/** A gate that remembers what passed, so that the batch may turn out to be a share of a larger one. */
export interface RecordingGate extends VarianceGate {
  /**
   * After the backward pass: a function of the parameters whose gradient is d/dm of what `gate` gave, m being the mean
   * of the losses, with the sign changed. `again` must gate the same values in the same order. Call it once.
   */
  lacking(again: (gate: GradientGate) => void): tf.Scalar;
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
  return gateThat(() => {});
}

/**
 * A variance gate of one worker's share of a batch. What passes is multiplied by 2 (l_i - the share's mean); once the
 * mean of the whole batch is known, the gradient of `lacking` times (the share's mean - the whole one) completes it.
 */
export function recordingGate(): RecordingGate {
  const passed: tf.Tensor1D[] = [];
  const gates = gateThat((call, upstream) => {
    passed[call] = tf.keep(tf.clone(upstream));
  });
  return {
    ...gates,
    lacking(again) {
      const parts: tf.Scalar[] = [];
      again((values) => {
        parts.push(tf.sum(tf.mul(passed[parts.length]!, values)));
        return values;
      });
      tf.dispose(passed);
      return tf.mul(2, tf.addN(parts));
    },
  };
}

function gateThat(seesUpstream: (call: number, upstream: tf.Tensor1D) => void): VarianceGate {
  let slopes: tf.Tensor1D | undefined;
  let calls = 0;
  return {
    probe: (losses) =>
      withGradient(losses, (upstream, values) => {
        slopes = tf.mul<tf.Tensor1D>(2, tf.sub(values, tf.mean(values)));
        return tf.clone(upstream);
      }),
    gate: (gated) => {
      const call = calls++;
      return withGradient(gated, (upstream) => {
        if (!slopes) throw new Error('invalid gradient: it reached the variance gate without passing the probe');
        seesUpstream(call, upstream);
        return tf.mul(upstream, slopes);
      });
    },
  };
}

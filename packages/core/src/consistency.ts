import * as tf from '@tensorflow/tfjs-core';
import type { ConsistencyOptions } from './config/loss-options.js';
import { weightedMean } from './diffusion/weighted-mean.js';
import { QUANTITIES } from './events.js';
import type { EventScaling } from './scaling.js';

/**
 * ln(E / GeV) above which the consistency loss no longer follows the energy: E = 1 PeV, beyond any collider. An untrained
 * decoder may ask for more, and exp(2 ln E) leaves float32 at ln E = 44. There the residual stays finite, and its
 * gradient with respect to ln E is zero; the reconstruction loss brings such a particle back.
 */
export const LOG_ENERGY_LIMIT = Math.log(1e6);

/** Paper, eq. 10: `mae`, mean absolute error; `mse`, mean squared error, as the authors' code has it. */
export type ConsistencyForm = 'mae' | 'mse';

/**
 * How far particles are from M^2 = E^2 - |p|^2 (paper, eq. 10), [B, P] standardised -> [B], the mean over particles.
 * Each residual is divided by the training standard deviation of that particle's E^2 (`EventScaling.energySquared`):
 * in GeV^2, as the paper writes it, a few TeV-scale particles would swamp every other loss.
 */
export function consistency(partons: tf.Tensor2D, scaling: EventScaling, form: ConsistencyForm): tf.Tensor1D {
  const { mean, standardDeviation } = scaling.partons;
  const particles = scaling.energySquared.length;
  const physical = tf.add(tf.mul(partons, row(standardDeviation)), row(mean));
  const [mass, logE, ...momentum] = tf.split(
    tf.reshape(physical, [-1, particles, QUANTITIES.length]),
    QUANTITIES.length,
    2,
  ) as tf.Tensor[];
  const energySquared = tf.exp(tf.mul(2, tf.minimum(logE!, LOG_ENERGY_LIMIT)));
  const momentumSquared = tf.addN(momentum.map((component) => tf.square(component)));
  const difference = tf.squeeze(tf.sub(tf.square(mass!), tf.sub(energySquared, momentumSquared)), [2]);
  const residual = tf.div(difference, row(scaling.energySquared));
  return tf.mean(form === 'mae' ? tf.abs(residual) : tf.square(residual), 1);
}

/** The consistency loss of decoded partons [B, P] as a term of a stage's loss; no term if its weight is 0. */
export function consistencyTerm(
  decoded: tf.Tensor2D,
  scaling: EventScaling,
  { weight, form }: ConsistencyOptions,
  weights?: tf.Tensor1D,
): { consistency?: tf.Scalar } {
  if (weight === 0) return {};
  return { consistency: tf.mul(weight, weightedMean(consistency(decoded, scaling, form), weights)) };
}

function row(values: Float64Array): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(values), [1, values.length]);
}

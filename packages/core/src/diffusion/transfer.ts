import * as tf from '@tensorflow/tfjs-core';
import { alpha } from './variance-preserving.js';

/** x_s = latent x_t + noise e. */
export interface TransferCoefficients {
  readonly latent: number;
  readonly noise: number;
}

/**
 * Coefficients, in float64, of the deterministic step x_s = alpha_s (x_t - sigma_t e) / alpha_t + sigma_s e
 * (Song et al. 2021, DDIM, eq. 12 with eta = 0; Liu et al. 2022, PNDM, eq. 9 is the same algebra).
 * With sigma / alpha = exp(gamma / 2) the factor of e is alpha_s (exp(gamma_s / 2) - exp(gamma_t / 2)),
 * which does not cancel for short steps.
 */
export function transferCoefficients(gammaT: number, gammaS: number): TransferCoefficients {
  return {
    latent: alpha(gammaS) / alpha(gammaT),
    noise: alpha(gammaS) * Math.exp(gammaT / 2) * Math.expm1((gammaS - gammaT) / 2),
  };
}

/**
 * Moves a latent [B, L] from gamma_t to gamma_s along the noise [B, L]; exact if the noise stays constant on the way.
 */
export function transfer(latent: tf.Tensor2D, noise: tf.Tensor2D, gammaT: number, gammaS: number): tf.Tensor2D {
  const factor = transferCoefficients(gammaT, gammaS);
  return tf.add(tf.mul(latent, factor.latent), tf.mul(noise, factor.noise));
}

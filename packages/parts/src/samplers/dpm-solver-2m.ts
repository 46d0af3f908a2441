import * as tf from '@tensorflow/tfjs-core';
import { component, type Diffusion, Sampler } from '@unfold-zoo/core';
import { alpha, sigma } from '@unfold-zoo/core/diffusion';
import { z } from 'zod';
import { type FixedStepState, fixedStepOptions, fixedSteps, type Move } from './fixed-steps.js';
import type { StepSpacing } from './step-spacing.js';

/**
 * DPM-Solver++(2M) (Lu et al. 2022, "DPM-Solver++", algorithm 2): the latent x that the denoiser predicts is
 * extrapolated along lambda = -gamma / 2 from two predictions, and what is left of the flow is solved exactly. Second
 * order, one evaluation a step.
 *
 * The first step has one prediction. So has the last, as the authors' code does for few steps: where lambda makes its
 * largest leap, an extrapolation over it would magnify errors. Single steps of first order leave the order at two.
 */
export function dpmSolver2M(steps: number, spacing: StepSpacing = 'gamma'): Sampler<FixedStepState> {
  return fixedSteps(steps, spacing, (move, history, diffusion) => {
    const predicted = predictLatent(move, diffusion);
    const latent = dataStep(move, extrapolated(move, predicted, history[0], diffusion), diffusion);
    return { latent, history: [predicted] };
  });
}

/** x = (z_t - sigma_t epsilon) / alpha_t. */
function predictLatent({ latent, t }: Move, diffusion: Diffusion): tf.Tensor2D {
  const gamma = diffusion.gamma(t);
  const noise = diffusion.predictNoise(latent, t);
  return tf.div(tf.sub(latent, tf.mul(sigma(gamma), noise)), alpha(gamma));
}

/** D = (1 + 1 / (2r)) x - x_before / (2r) with r the previous step over this one, both in lambda. */
function extrapolated(
  { t, s, before }: Move,
  predicted: tf.Tensor2D,
  previous: tf.Tensor2D | undefined,
  { gamma }: Diffusion,
): tf.Tensor2D {
  if (before === undefined || previous === undefined || s === 0) return predicted;
  const ratio = (gamma(t) - gamma(before)) / (gamma(s) - gamma(t));
  return tf.add(predicted, tf.mul(tf.sub(predicted, previous), 1 / (2 * ratio)));
}

/**
 * z_s = (sigma_s / sigma_t) z_t - alpha_s (e^-h - 1) D with h = lambda_s - lambda_t: exact for a D that stays the same.
 */
function dataStep({ latent, t, s }: Move, data: tf.Tensor2D, { gamma }: Diffusion): tf.Tensor2D {
  const [gammaT, gammaS] = [gamma(t), gamma(s)];
  const shrink = Math.expm1((gammaS - gammaT) / 2);
  return tf.sub(tf.mul(latent, sigma(gammaS) / sigma(gammaT)), tf.mul(data, alpha(gammaS) * shrink));
}

/** The component `dpm-solver-2m` of the role `sampler`; see `dpmSolver2M`. */
export const dpmSolver2MSampler = component(Sampler, 'dpm-solver-2m', {
  description: 'Deterministic, second order in log SNR, one evaluation of the denoiser a step: DPM-Solver++(2M)',
  options: z.object(fixedStepOptions({ steps: 25, spacing: 'gamma' })),
  create: ({ options }) => ({ ...dpmSolver2M(options.steps, options.spacing), temperature: options.temperature }),
});

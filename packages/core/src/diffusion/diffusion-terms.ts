import * as tf from '@tensorflow/tfjs-core';
import type { Denoiser, LossTerms, NoiseSchedule, ParameterGroup } from '../contracts.js';
import type { Parameter } from '../module.js';
import { type Reduction, reduceDimensions } from '../reduction.js';
import type { Rng } from '../rng.js';
import { antitheticTimes } from './antithetic-times.js';
import { terminalKl } from './gaussian-kl.js';
import { gammaAt } from './make-diffusion.js';
import { varianceGate } from './variance-gate.js';
import { diffuse } from './variance-preserving.js';
import { weighted, weightedMean } from './weighted-mean.js';

/** What is trained to diffuse latents. */
export interface DiffusionParts {
  readonly schedule: NoiseSchedule;
  readonly denoiser: Denoiser;
}

/** What is diffused. */
export interface DiffusedBatch {
  /** [B, L]. */
  readonly latent: tf.Tensor2D;
  /** [B, D]. */
  readonly condition: tf.Tensor2D;
  /** [B] event weights, mean about 1. */
  readonly weights?: tf.Tensor1D | undefined;
  readonly reduction: Reduction;
}

/** The terms of a diffusion in the bound (paper, eqs. 7 and 8), and what is watched beside them. */
export interface DiffusionTerms {
  /** `prior`, the KL at the noisy end, and `diffusion`. */
  readonly terms: { readonly prior: tf.Scalar; readonly diffusion: tf.Scalar };
  readonly monitored: LossTerms & { readonly gammaMin: tf.Scalar };
}

/** Terminal KL and diffusion loss of a batch (paper, eqs. 7 and 8). */
export function diffusionTerms(parts: DiffusionParts, batch: DiffusedBatch, rng: Rng): DiffusionTerms {
  const gammaMin = gammaAt(parts.schedule, 0);
  const gammaMax = gammaAt(parts.schedule, 1);
  const diffusion = diffusionLoss(parts, batch, rng);
  const prior = weightedMean(reduceDimensions(terminalKl(batch.latent, gammaMax), batch.reduction), batch.weights);
  const varianceOfDiffusion = tf.moments(diffusion).variance as tf.Scalar;
  return {
    terms: { prior, diffusion: tf.mean(diffusion) },
    monitored: { varianceOfDiffusion, gammaMin, gammaMax },
  };
}

/** [B] gamma'(t) |epsilon - predicted|^2 / 2 at one random time an event (paper, appendix H.3), weighted. */
export function diffusionLoss(
  { schedule, denoiser }: DiffusionParts,
  { latent, condition, weights, reduction }: DiffusedBatch,
  rng: Rng,
): tf.Tensor1D {
  const { gate, probe } = varianceGate();
  const t = antitheticTimes(latent.shape[0], rng);
  const gamma = schedule.gamma(t, gate);
  const noise = rng.normalTensor(...latent.shape);
  const predicted = denoiser.predictNoise(diffuse(latent, noise, gamma), { t, gamma }, condition);
  const error = reduceDimensions(tf.squaredDifference(noise, predicted), reduction);
  return probe(weighted(tf.mul(tf.mul(0.5, schedule.gammaSlope(t, gate)), error), weights));
}

/** The groups `network` and `schedule`: the shape of a schedule has an objective of its own, so it has an optimiser of its own. */
export function diffusionGroups(
  parameters: readonly Parameter[],
  { shapeParameters }: NoiseSchedule,
): ParameterGroup[] {
  const network = parameters.filter((parameter) => !shapeParameters.includes(parameter));
  const groups = [{ name: 'network', parameters: network }];
  return shapeParameters.length > 0 ? [...groups, { name: 'schedule', parameters: shapeParameters }] : groups;
}

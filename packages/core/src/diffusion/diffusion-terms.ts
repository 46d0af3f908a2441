import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { EncodedObservation } from '../contracts/model/condition-encoder.js';
import type { Denoiser } from '../contracts/model/denoiser.js';
import type { NoiseSchedule } from '../contracts/model/noise-schedule.js';
import type { LossTerms, ParameterGroup, WholeBatchMean } from '../contracts/model/training-stage.js';
import { terminalKl } from '../losses/gaussian-kl.js';
import { type Reduction, reduceDimensions } from '../losses/reduction.js';
import { weighted, weightedMean } from '../losses/weighted-mean.js';
import type { Parameter } from '../module.js';
import { customGradient } from '../nn/fused/custom-gradient.js';
import { mapEncoded } from '../nn/repeat-rows.js';
import type { Rng } from '../rng.js';
import { antitheticTimes } from './antithetic-times.js';
import { gammasAt } from './make-diffusion.js';
import { type RecordingGate, recordingGate, varianceGate } from './variance-gate.js';
import { diffuse } from './variance-preserving.js';
import { unrecorded } from './with-gradient.js';

/** Option `diffusion` of the models that have one. */
export const diffusionOptions = z
  .strictObject({
    weighting: z
      .enum(['bound', 'velocity', 'sigmoid'])
      .default('bound')
      .describe(
        'Weight of the squared error of the noise at each noise level: 1 as in the bound (paper, eq. 7); 1 + ' +
          'exp(gamma), that of the squared error of the velocity (Salimans and Ho 2022), which teaches short ' +
          "trainings the shape of the spectra sooner; or sigmoid(gamma + 2), as the authors' code has it",
      ),
    latentVariance: z
      .number()
      .positive()
      .default(1)
      .describe(
        'Of the weighting velocity, the variance v of latents about their mean, for which its weight is 1 + ' +
          'exp(gamma) / v (Karras et al. 2022). The codec of a VLD keeps its latents close together, and what is ' +
          'decided while they are noisy would count for little with 1. The codec itself is trained as with 1',
      ),
    noiseDraws: z
      .int()
      .positive()
      .default(1)
      .describe(
        'Noise levels at which each event of a batch is diffused in a step. More than one makes better use of the ' +
          'detector encoder, which runs once an event and costs several times as much as the denoiser',
      ),
  })
  .refine(({ weighting, latentVariance }) => weighting === 'velocity' || latentVariance === 1, {
    path: ['latentVariance'],
    error: 'it is of the weighting velocity alone; leave it out, or set weighting: velocity',
  })
  .prefault({})
  .describe('How the diffusion loss is estimated');

/** Parsed `diffusion` option. */
export type DiffusionOptions = z.output<typeof diffusionOptions>;

/** What is trained to diffuse latents. */
export interface DiffusionParts {
  readonly schedule: NoiseSchedule;
  readonly denoiser: Denoiser;
}

/** What is diffused. */
export interface DiffusedBatch {
  /** [B, L]. */
  readonly latent: tf.Tensor2D;
  /** What the denoiser sees of the detector. */
  readonly encoded: EncodedObservation;
  /** [B] event weights, mean about 1. */
  readonly weights?: tf.Tensor1D | undefined;
  readonly reduction: Reduction;
  readonly options: DiffusionOptions;
}

/** The terms of a diffusion in the bound (paper, eqs. 7 and 8), and what is watched beside them. */
export interface DiffusionTerms {
  /** `prior`, the KL at the noisy end, and `diffusion`. */
  readonly terms: { readonly prior: tf.Scalar; readonly diffusion: tf.Scalar };
  readonly monitored: LossTerms & { readonly gammaMin: tf.Scalar };
  /**
   * The mean from which the variance is taken that trains the schedule's shape, where the batch is a worker's share.
   */
  readonly wholeBatch?: WholeBatchMean;
}

/** Terminal KL and diffusion loss of a batch (paper, eqs. 7 and 8). */
export function diffusionTerms(parts: DiffusionParts, batch: DiffusedBatch, rng: Rng): DiffusionTerms {
  const [gammaMin, gammaMax] = gammasAt(parts.schedule, [0, 1]) as [tf.Scalar, tf.Scalar];
  const { losses: diffusion, wholeBatch } = gatedLoss(parts, batch, rng);
  const prior = weightedMean(reduceDimensions(terminalKl(batch.latent, gammaMax), batch.reduction), batch.weights);
  const varianceOfDiffusion = unrecorded(() => tf.moments(diffusion).variance as tf.Scalar);
  return {
    terms: { prior, diffusion: tf.mean(diffusion) },
    monitored: { varianceOfDiffusion, gammaMin, gammaMax },
    ...(wholeBatch && { wholeBatch }),
  };
}

/**
 * [B K] gamma'(t) w(gamma) |epsilon - predicted|^2 / 2 at K random times an event (paper, appendix H.3, with w = 1 and
 * K = 1), weighted.
 */
export function diffusionLoss(parts: DiffusionParts, batch: DiffusedBatch, rng: Rng): tf.Tensor1D {
  return gatedLoss(parts, batch, rng).losses;
}

interface GatedLoss {
  /** [B K]. */
  readonly losses: tf.Tensor1D;
  readonly wholeBatch?: WholeBatchMean;
}

function gatedLoss({ schedule, denoiser }: DiffusionParts, batch: DiffusedBatch, rng: Rng): GatedLoss {
  const { noiseDraws } = batch.options;
  const latent = repeated(batch.latent, noiseDraws);
  const recording = rng.share.world > 1 && schedule.shapeParameters.length > 0 ? recordingGate() : undefined;
  const { gate, probe } = recording ?? varianceGate();
  const t = antitheticTimes(batch.latent.shape[0], rng, noiseDraws);
  const gamma = schedule.gamma(t, gate);
  const noise = noiseLike(batch.latent, noiseDraws, rng);
  const { summary, objects } = mapEncoded(batch.encoded, (rows) => repeated(rows, noiseDraws));
  const seen = asWithVarianceOne(latent, gamma, batch.options);
  const noisy = diffuse(seen, noise, gamma);
  const predicted = asLargeAsWithVarianceOne(
    denoiser.predictNoise(noisy, { t, gamma }, summary, objects),
    batch.options,
  );
  const error = reduceDimensions(tf.squaredDifference(noise, predicted), batch.reduction);
  const perTime = tf.mul<tf.Tensor1D>(tf.mul(0.5, schedule.gammaSlope(t, gate)), error);
  const { weights } = batch;
  const losses = weighted(weightedByNoise(perTime, gamma, batch.options), weights && repeated(weights, noiseDraws));
  if (!recording) return { losses: probe(losses) };
  return {
    losses: probe(losses),
    wholeBatch: {
      own: tf.mean(losses),
      parameters: schedule.shapeParameters,
      lacking: replay(schedule, recording, tf.keep(t)),
    },
  };
}

/** The schedule at the same times once more, as the loss above asks for it. */
function replay(schedule: NoiseSchedule, recording: RecordingGate, t: tf.Tensor1D): () => tf.Scalar {
  return () => {
    const lacking = recording.lacking((gate) => {
      schedule.gamma(t, gate);
      schedule.gammaSlope(t, gate);
    });
    t.dispose();
    return lacking;
  };
}

/** [B, ...] -> [B K, ...]: the whole batch, then the whole batch again. */
function repeated<T extends tf.Tensor>(values: T, times: number): T {
  return times === 1 ? values : (tf.concat(Array<tf.Tensor>(times).fill(values), 0) as T);
}

/** [B K, L] standard normal draws, in the order of `repeated`. */
function noiseLike({ shape: [events, width] }: tf.Tensor2D, times: number, rng: Rng): tf.Tensor2D {
  const noise = rng.normalTensor(events, times * width);
  return times === 1 ? noise : tf.concat2d(tf.split<tf.Tensor2D>(noise, times, 1), 0);
}

function weightedByNoise(loss: tf.Tensor1D, gamma: tf.Tensor1D, options: DiffusionOptions): tf.Tensor1D {
  switch (options.weighting) {
    case 'bound':
      return loss;
    case 'velocity':
      return tf.mul(loss, velocityWeight(gamma, options.latentVariance));
    case 'sigmoid':
      return tf.mul(loss, tf.sigmoid(tf.add(gamma, 2)));
  }
}

/**
 * 1 + exp(gamma) / v: the squared error of the latent that the denoiser predicts, in units of what can be known of it
 * at that noise (Karras et al. 2022, with v = sigma_data^2). With v = 1 it is the squared error of the velocity.
 */
function velocityWeight(gamma: tf.Tensor1D, latentVariance: number): tf.Tensor1D {
  return tf.add(1, tf.mul(1 / latentVariance, tf.exp(gamma)));
}

/**
 * The identity of the predicted noise [B K, L], whose gradient is v times its own. Weights are up to 1/v of those with
 * v = 1; the gradients of denoiser and codec are clipped as one, and the codec's would be lost beside the other.
 */
function asLargeAsWithVarianceOne(predicted: tf.Tensor2D, { latentVariance }: DiffusionOptions): tf.Tensor2D {
  if (latentVariance === 1) return predicted;
  return customGradient([predicted], () => ({
    value: tf.clone(predicted),
    saved: [],
    gradient: (dy) => [tf.mul(dy, latentVariance)],
  }));
}

/**
 * The identity of latents [B K, L], whose gradient is that of a loss weighted with v = 1. A larger weight at high noise
 * would have the codec draw its latents closer together still, since that is what makes them easy to predict there.
 */
function asWithVarianceOne(latent: tf.Tensor2D, gamma: tf.Tensor1D, { latentVariance }: DiffusionOptions): tf.Tensor2D {
  if (latentVariance === 1) return latent;
  return customGradient([latent], () => {
    // Of a gradient that is v times its own already.
    const own = tf.mul(latentVariance, velocityWeight(gamma, latentVariance));
    const share = tf.div(velocityWeight(gamma, 1), own);
    return {
      value: tf.clone(latent),
      saved: [tf.expandDims(share, 1)],
      gradient: (dy, [share]) => [tf.mul(dy, share!)],
    };
  });
}

/**
 * The groups `network` and `schedule`: the shape of a schedule has an objective of its own, so it has an optimiser of
 * its own.
 */
export function diffusionGroups(
  parameters: readonly Parameter[],
  { shapeParameters }: NoiseSchedule,
): ParameterGroup[] {
  const network = parameters.filter((parameter) => !shapeParameters.includes(parameter));
  const groups = [{ name: 'network', parameters: network }];
  return shapeParameters.length > 0 ? [...groups, { name: 'schedule', parameters: shapeParameters }] : groups;
}

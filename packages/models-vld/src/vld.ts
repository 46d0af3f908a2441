import * as tf from '@tensorflow/tfjs-core';
import {
  alpha,
  antitheticTimes,
  ConditionEncoder,
  component,
  consistency,
  Denoiser,
  denoise,
  diffuse,
  type EventBatch,
  type EventScaling,
  GenerativeModel,
  gammaAt,
  LatentCodec,
  type LatentPosterior,
  Module,
  makeDiffusion,
  NoiseSchedule,
  type Observation,
  type ParameterGroup,
  type Rng,
  Sampler,
  Scaling,
  type StageLoss,
  type TrainingStage,
  terminalKl,
  varianceGate,
  weighted,
  weightedMean,
} from '@unfold-zoo/core';
import { z } from 'zod';

const vldOptions = z.object({
  reduction: z
    .enum(['mean', 'sum'])
    .default('mean')
    .describe(
      'Over dimensions: the bound is a sum; means keep the widths of latent and partons from weighing the terms',
    ),
  prior: z
    .enum(['diffusion', 'standard-normal'])
    .default('diffusion')
    .describe('What q(z_x | x) is held against: p(z_x | z_0) of eq. 9, or N(0, 1) as in a plain VAE'),
  priorWeight: z.number().min(0).default(1).describe('Weight of that KL'),
  reconstructionWeight: z
    .number()
    .positive()
    .default(100)
    .describe(
      'Weight of the mean squared error: 1 / (2 s^2) for a Normal decoder of standard deviation s, in units of that of ' +
        'each column. The paper names no s. With the plain error, 1, the diffusion loss pays for a codec that blurs all ' +
        'it encodes to about s = 0.7',
    ),
  consistency: z
    .strictObject({
      weight: z.number().min(0).default(0.1).describe('lambda_C; 0 leaves the term out'),
      form: z
        .enum(['mae', 'mse'])
        .default('mae')
        .describe("Mean absolute error (eq. 10) or mean squared error (the authors' code)"),
    })
    .prefault({})
    .describe('Physics consistency loss: M^2 against E^2 - |p|^2, in units of the standard deviation of E^2'),
});

/** Parsed options of the model `vld`. */
export type VldOptions = z.output<typeof vldOptions>;

/** The networks and the rest that a VLD is put together from. */
export interface VldParts {
  readonly conditionEncoder: ConditionEncoder;
  readonly codec: LatentCodec;
  readonly schedule: NoiseSchedule;
  readonly denoiser: Denoiser;
  readonly sampler: Sampler;
  readonly scaling: EventScaling;
}

/** Latent variational diffusion: codec, diffusion and condition encoder trained as one (paper, section 3). */
export class Vld extends Module implements GenerativeModel {
  readonly conditionEncoder: ConditionEncoder;
  readonly codec: LatentCodec;
  readonly schedule: NoiseSchedule;
  readonly denoiser: Denoiser;
  readonly #sampler: Sampler;
  readonly #scaling: EventScaling;
  readonly #options: VldOptions;

  constructor(parts: VldParts, options: VldOptions) {
    super();
    this.conditionEncoder = parts.conditionEncoder;
    this.codec = parts.codec;
    this.schedule = parts.schedule;
    this.denoiser = parts.denoiser;
    this.#sampler = parts.sampler;
    this.#scaling = parts.scaling;
    this.#options = options;
  }

  get stages(): readonly TrainingStage[] {
    return [{ name: 'joint', groups: this.#groups(), loss: (batch, rng) => this.#loss(batch, rng) }];
  }

  sample(observed: Observation, rng: Rng): tf.Tensor2D {
    return tf.tidy(() => {
      const condition = this.conditionEncoder.encode(observed);
      const noise = rng.normalTensor(condition.shape[0], this.codec.latentWidth);
      const diffusion = makeDiffusion(this.schedule, (latent, level) =>
        this.denoiser.predictNoise(latent, level, condition),
      );
      const latent = tf.div(denoise(this.#sampler, noise, diffusion, rng), alpha(diffusion.gamma(0)));
      return this.codec.decode(latent as tf.Tensor2D, condition);
    });
  }

  // The shape of the schedule has an objective of its own, so it has an optimiser of its own.
  #groups(): ParameterGroup[] {
    const shape = this.schedule.shapeParameters;
    const network = this.parameters.filter((parameter) => !shape.includes(parameter));
    const groups = [{ name: 'network', parameters: network }];
    return shape.length > 0 ? [...groups, { name: 'schedule', parameters: shape }] : groups;
  }

  /** Paper, eqs. 8 and 10. */
  #loss({ partons, observed, weights }: EventBatch, rng: Rng): StageLoss {
    const condition = this.conditionEncoder.encode(observed);
    const posterior = this.codec.encode(partons, condition);
    const latent = posterior.sample(rng);
    const decoded = this.codec.decode(latent, condition);
    const gammaMin = gammaAt(this.schedule, 0);
    const gammaMax = gammaAt(this.schedule, 1);
    const diffusion = this.#diffusion(latent, condition, rng, weights);
    const mean = (perDimension: tf.Tensor2D) => weightedMean(this.#reduce(perDimension), weights);

    const squaredError = mean(tf.squaredDifference(decoded, partons));
    const latentPrior = mean(this.#latentPrior(posterior, latent, gammaMin, rng));
    return {
      terms: {
        prior: mean(terminalKl(latent, gammaMax)),
        reconstruction: tf.mul(this.#options.reconstructionWeight, squaredError),
        latentPrior: tf.mul(this.#options.priorWeight, latentPrior),
        diffusion: tf.mean(diffusion),
        ...this.#consistency(decoded, weights),
      },
      monitored: { squaredError, varianceOfDiffusion: variance(diffusion), gammaMin, gammaMax },
    };
  }

  /** [B] gamma'(t) |epsilon - predicted|^2 / 2 at one random time an event (paper, appendix H.3), weighted. */
  #diffusion(latent: tf.Tensor2D, condition: tf.Tensor2D, rng: Rng, weights?: tf.Tensor1D): tf.Tensor1D {
    const { gate, probe } = varianceGate();
    const t = antitheticTimes(latent.shape[0], rng);
    const gamma = this.schedule.gamma(t, gate);
    const noise = rng.normalTensor(...latent.shape);
    const predicted = this.denoiser.predictNoise(diffuse(latent, noise, gamma), { t, gamma }, condition);
    const error = this.#reduce(tf.squaredDifference(noise, predicted));
    return probe(weighted(tf.mul(tf.mul(0.5, this.schedule.gammaSlope(t, gate)), error), weights));
  }

  /** [B, L] KL(q(z_x | x) || p(z_x)): p(z_x | z_0) = N(z_0 / alpha_0, exp(gamma_0)) (paper, eq. 9), or N(0, 1). */
  #latentPrior(posterior: LatentPosterior, latent: tf.Tensor2D, gammaMin: tf.Scalar, rng: Rng): tf.Tensor2D {
    if (this.#options.prior === 'standard-normal') return posterior.kl(tf.scalar(0), tf.scalar(0));
    const logStd = tf.mul<tf.Scalar>(0.5, gammaMin);
    // z_0 / alpha_0 = z_x + exp(gamma_0 / 2) epsilon
    const mean = tf.add(latent, tf.mul(tf.exp(logStd), rng.normalTensor(...latent.shape)));
    return posterior.kl(mean as tf.Tensor2D, logStd);
  }

  #consistency(decoded: tf.Tensor2D, weights?: tf.Tensor1D): { consistency?: tf.Scalar } {
    const { weight, form } = this.#options.consistency;
    if (weight === 0) return {};
    return { consistency: tf.mul(weight, weightedMean(consistency(decoded, this.#scaling, form), weights)) };
  }

  #reduce(perDimension: tf.Tensor2D): tf.Tensor1D {
    return this.#options.reduction === 'mean' ? tf.mean(perDimension, 1) : tf.sum(perDimension, 1);
  }
}

function variance(values: tf.Tensor1D): tf.Scalar {
  return tf.moments(values).variance as tf.Scalar;
}

export const vldModel = component(GenerativeModel, 'vld', {
  description: 'Latent variational diffusion: codec, diffusion and condition encoder trained end to end',
  options: vldOptions,
  inject: [ConditionEncoder, LatentCodec, NoiseSchedule, Denoiser, Sampler, Scaling],
  create: ({ options }, conditionEncoder, codec, schedule, denoiser, sampler, scaling) =>
    new Vld({ conditionEncoder, codec, schedule, denoiser, sampler, scaling }, options),
});

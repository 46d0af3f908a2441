import * as tf from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  Denoiser,
  type EventBatch,
  GenerativeModel,
  LatentCodec,
  type LatentPosterior,
  type ModelDiffusion,
  Module,
  NoiseSchedule,
  type Observation,
  type Posterior,
  type Reconstruction,
  type Rng,
  Sampler,
  Scaling,
  type StageLoss,
  type TrainingStage,
} from '@unfold-zoo/core';
import {
  diffusionGroups,
  diffusionTerms,
  type LatentDiffusionParts,
  type LatentSampling,
  latentDiffusion,
  latentDiffusionPosterior,
  latentDiffusionReconstructions,
  normalDraw,
  scheduleDiagnostic,
} from '@unfold-zoo/core/diffusion';
import type { EventScaling } from '@unfold-zoo/core/events';
import type { Diagnostic } from '@unfold-zoo/core/findings';
import { consistencyTerm, reduceDimensions, weightedMean } from '@unfold-zoo/core/losses';
import { encodeDetector } from '@unfold-zoo/core/nn';
import { checkParts } from './check-parts.js';
import { type VldOptions, vldOptions } from './vld-options.js';

/** The networks and the rest that a VLD is put together from. */
export interface VldParts extends LatentDiffusionParts {
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
    const groups = diffusionGroups(this.parameters, this.schedule);
    return [{ name: 'joint', groups, loss: (batch, rng) => this.#loss(batch, rng) }];
  }

  get #sampling(): LatentSampling {
    return { sampler: this.#sampler, finalLatent: this.#options.finalLatent };
  }

  posterior(observed: Observation): Posterior {
    return latentDiffusionPosterior(this, this.#sampling, observed);
  }

  get diffusion(): ModelDiffusion {
    return latentDiffusion(this, this.#sampling);
  }

  diagnostics(): readonly Diagnostic[] {
    return [scheduleDiagnostic(this.schedule)];
  }

  reconstructions(batch: EventBatch, rng: Rng): Iterable<Reconstruction> {
    return latentDiffusionReconstructions(this, this.#sampling, batch, rng);
  }

  /** Paper, eqs. 8 and 10. */
  #loss({ partons, observed, weights }: EventBatch, rng: Rng): StageLoss {
    const { reduction, reconstructionWeight, priorWeight } = this.#options;
    const encoded = encodeDetector(this, observed);
    const condition = encoded.summary;
    const posterior = this.codec.encode(partons, condition);
    const latent = posterior.sample(rng);
    const decoded = this.codec.decode(latent, condition);
    const { terms, monitored, ...rest } = diffusionTerms(
      this,
      { latent, encoded, weights, reduction, options: this.#options.diffusion },
      rng,
    );
    const mean = (perDimension: tf.Tensor2D) => weightedMean(reduceDimensions(perDimension, reduction), weights);

    const squaredError = mean(tf.squaredDifference(decoded, partons));
    const latentPrior = mean(this.#latentPrior(posterior, latent, monitored.gammaMin, rng));
    return {
      terms: {
        ...terms,
        reconstruction: tf.mul(reconstructionWeight, squaredError),
        latentPrior: tf.mul(priorWeight, latentPrior),
        ...consistencyTerm(decoded, this.#scaling, this.#options.consistency, weights),
      },
      monitored: { squaredError, ...monitored },
      ...rest,
    };
  }

  /** [B, L] KL(q(z_x | x) || p(z_x)): p(z_x | z_0) = N(z_0 / alpha_0, exp(gamma_0)) (paper, eq. 9), or N(0, 1). */
  #latentPrior(posterior: LatentPosterior, latent: tf.Tensor2D, gammaMin: tf.Scalar, rng: Rng): tf.Tensor2D {
    if (this.#options.prior === 'standard-normal') return posterior.kl(tf.scalar(0), tf.scalar(0));
    const logStd = tf.mul<tf.Scalar>(0.5, gammaMin);
    // z_0 / alpha_0 = z_x + exp(gamma_0 / 2) epsilon
    return posterior.kl(normalDraw(latent, logStd, rng.normalTensor(...latent.shape)), logStd);
  }
}

/** The component `vld` of the role `model`: variational latent diffusion, the model of the paper. */
export const vldModel = component(GenerativeModel, 'vld', {
  description: 'Latent variational diffusion: codec, diffusion and condition encoder trained end to end',
  options: vldOptions,
  inject: [ConditionEncoder, LatentCodec, NoiseSchedule, Denoiser, Sampler, Scaling],
  create: ({ options }, conditionEncoder, codec, schedule, denoiser, sampler, scaling) => {
    checkParts({ codec, schedule }, options);
    return new Vld({ conditionEncoder, codec, schedule, denoiser, sampler, scaling }, options);
  },
});

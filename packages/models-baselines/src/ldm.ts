import * as tf from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  Denoiser,
  type EventBatch,
  GenerativeModel,
  LatentCodec,
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
  UserError,
} from '@unfold-zoo/core';
import {
  diffusionGroups,
  diffusionOptions,
  diffusionTerms,
  finalLatentOption,
  type LatentDiffusionParts,
  type LatentSampling,
  latentDiffusion,
  latentDiffusionPosterior,
  latentDiffusionReconstructions,
  scheduleDiagnostic,
} from '@unfold-zoo/core/diffusion';
import type { EventScaling } from '@unfold-zoo/core/events';
import type { Diagnostic } from '@unfold-zoo/core/findings';
import { consistencyOptions, reductionOption } from '@unfold-zoo/core/losses';
import { encodeDetector } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { Clip } from './clip.js';
import { vaeLoss } from './vae-loss.js';

const ldmOptions = z.object({
  reduction: reductionOption,
  priorWeight: z
    .number()
    .min(0)
    .default(1e-4)
    .describe('Weight of the KL of q(z_x | x) to N(0, 1) in the first stage (paper, section 4.1)'),
  reconstructionWeight: z
    .number()
    .positive()
    .default(1)
    .describe('Weight of the mean squared error; beside a KL of weight 1e-4 it need not be larger'),
  diffusion: diffusionOptions,
  finalLatent: finalLatentOption,
  consistency: consistencyOptions,
  clip: z
    .boolean()
    .default(false)
    .describe(
      'Whether the first stage also trains the condition encoder, on the CLIP objective between z_x and z_y ' +
        "(the paper's section 2.5; its poster's LDM)",
    ),
});

/** Parsed options of the model `ldm`. */
export type LdmOptions = z.output<typeof ldmOptions>;

/** The networks and the rest that an LDM is put together from. */
export interface LdmParts extends LatentDiffusionParts {
  readonly sampler: Sampler;
  readonly scaling: EventScaling;
}

/**
 * Latent diffusion (Rombach et al. 2021; paper, sections 2.5 and 4.1): a variational autoencoder of the partons is
 * trained first, then frozen, and a diffusion conditioned on the detector learns its latents. All else is as in a VLD.
 * Throws a `UserError` for parts that cannot be trained so.
 */
export class Ldm extends Module implements GenerativeModel {
  readonly conditionEncoder: ConditionEncoder;
  readonly codec: LatentCodec;
  readonly schedule: NoiseSchedule;
  readonly denoiser: Denoiser;
  readonly clip?: Clip;
  readonly #sampler: Sampler;
  readonly #scaling: EventScaling;
  readonly #options: LdmOptions;

  constructor({ scaling, sampler, ...parts }: LdmParts, options: LdmOptions, rng: Rng) {
    super();
    checkCodec(parts.codec);
    checkSchedule(parts.schedule);
    this.conditionEncoder = parts.conditionEncoder;
    this.codec = parts.codec;
    this.schedule = parts.schedule;
    this.denoiser = parts.denoiser;
    const widths = { latent: parts.codec.latentWidth, condition: parts.conditionEncoder.width };
    if (options.clip) this.clip = new Clip(widths, rng.fork('clip'));
    this.#sampler = sampler;
    this.#scaling = scaling;
    this.#options = options;
  }

  get stages(): readonly TrainingStage[] {
    const { codec, clip, conditionEncoder, denoiser, schedule } = this;
    const pretrained = [...codec.parameters, ...(clip ? [...conditionEncoder.parameters, ...clip.parameters] : [])];
    const diffusing = [...conditionEncoder.parameters, ...denoiser.parameters, ...schedule.parameters];
    return [
      {
        name: 'codec',
        groups: [{ name: 'network', parameters: pretrained }],
        loss: (batch, rng) => this.#codecLoss(batch, rng),
      },
      {
        name: 'diffusion',
        groups: diffusionGroups(diffusing, schedule),
        loss: (batch, rng) => this.#diffusionLoss(batch, rng),
      },
    ];
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

  /** That of a VAE, and with `clip` the contrastive objective. */
  #codecLoss({ partons, observed, weights }: EventBatch, rng: Rng): StageLoss {
    // A codec of condition none does not look at it: an encoder that is not trained here need not be run either.
    const condition = this.clip ? this.conditionEncoder.encode(observed) : this.#noCondition(partons.shape[0]);
    const parts = { codec: this.codec, scaling: this.#scaling };
    const { latent, terms, ...rest } = vaeLoss(parts, { partons, condition, weights }, this.#options, rng);
    const clip = this.clip?.loss(latent, condition, weights);
    return { terms: { ...terms, ...(clip && { clip }) }, ...rest };
  }

  #noCondition(events: number): tf.Tensor2D {
    return tf.zeros([events, this.conditionEncoder.width]);
  }

  /** Paper, eq. 7 on the latents of the frozen codec. */
  #diffusionLoss({ partons, observed, weights }: EventBatch, rng: Rng): StageLoss {
    const encoded = encodeDetector(this, observed);
    const latent = this.codec.encode(partons, encoded.summary).sample(rng);
    const { reduction, diffusion: options } = this.#options;
    return diffusionTerms(this, { latent, encoded, weights, reduction, options }, rng);
  }
}

function checkCodec({ condition, parameters }: LatentCodec): void {
  if (condition !== 'none') {
    throw new UserError(
      'invalid codec: it sees the detector, whose encoder an LDM still trains when the codec is frozen; ' +
        'with the codec "gaussian" set codec.condition to none',
    );
  }
  if (parameters.length === 0) {
    throw new UserError(
      'invalid codec: it has nothing to train, and an LDM trains it first; take the codec "gaussian", or the ' +
        'model "vld" for a VDM',
    );
  }
}

function checkSchedule({ parameters, shapeParameters }: NoiseSchedule): void {
  if (parameters.length === shapeParameters.length) return;
  throw new UserError(
    'invalid schedule: its end points are trained, and the diffusion loss of a frozen codec falls as gamma(0) ' +
      'rises without end; with the schedule "learned" set schedule.learnEndPoints to false',
  );
}

/** The component `ldm` of the role `model`: a latent diffusion model. */
export const ldmModel = component(GenerativeModel, 'ldm', {
  description: 'Latent diffusion: the codec is trained first and frozen, then the diffusion and the condition encoder',
  options: ldmOptions,
  inject: [ConditionEncoder, LatentCodec, NoiseSchedule, Denoiser, Sampler, Scaling],
  create: ({ options, rng }, conditionEncoder, codec, schedule, denoiser, sampler, scaling) =>
    new Ldm({ conditionEncoder, codec, schedule, denoiser, sampler, scaling }, options, rng),
});

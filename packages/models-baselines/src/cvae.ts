import * as tf from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  type EventBatch,
  GenerativeModel,
  LatentCodec,
  Module,
  type Observation,
  type Posterior,
  type Reconstruction,
  type Rng,
  Scaling,
  type StageLoss,
  type TrainingStage,
  UserError,
} from '@unfold-zoo/core';
import type { EventScaling } from '@unfold-zoo/core/events';
import { consistencyOptions, reductionOption } from '@unfold-zoo/core/losses';
import { encodedPosterior } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { vaeLoss } from './vae-loss.js';

const cvaeOptions = z.object({
  reduction: reductionOption,
  priorWeight: z.number().min(0).default(1).describe('Weight of the KL of q(z | x, y) to N(0, 1); 1 is the bound'),
  reconstructionWeight: z
    .number()
    .positive()
    .default(10)
    .describe(
      'Weight of the mean squared error: 1 / (2 s^2) for a Normal decoder of standard deviation s, in units of ' +
        'that of each column. With the 100 of the model "vld" the latents hold more than a standard normal prior ' +
        'can draw',
    ),
  consistency: consistencyOptions,
});

/** Parsed options of the model `cvae`. */
export type CvaeOptions = z.output<typeof cvaeOptions>;

/** The networks and the rest that a CVAE is put together from. */
export interface CvaeParts {
  readonly conditionEncoder: ConditionEncoder;
  readonly codec: LatentCodec;
  readonly scaling: EventScaling;
}

/**
 * Conditional variational autoencoder (paper, eq. 5 and section 4.1; Sohn et al. 2015): a codec both halves of which
 * see the detector, with a Normal likelihood and the prior p(z | y) = N(0, 1). A draw is the mean of p(x | z, y).
 * Throws a `UserError` for a codec that cannot be one.
 */
export class Cvae extends Module implements GenerativeModel {
  readonly conditionEncoder: ConditionEncoder;
  readonly codec: LatentCodec;
  readonly #scaling: EventScaling;
  readonly #options: CvaeOptions;

  constructor({ conditionEncoder, codec, scaling }: CvaeParts, options: CvaeOptions) {
    super();
    checkCodec(codec);
    this.conditionEncoder = conditionEncoder;
    this.codec = codec;
    this.#scaling = scaling;
    this.#options = options;
  }

  get stages(): readonly TrainingStage[] {
    const groups = [{ name: 'network', parameters: this.parameters }];
    return [{ name: 'joint', groups, loss: (batch, rng) => this.#loss(batch, rng) }];
  }

  posterior(observed: Observation): Posterior {
    const { codec } = this;
    return encodedPosterior(this.conditionEncoder, observed, {
      draw: (condition, rng) => codec.decode(rng.normalTensor(condition.shape[0], codec.latentWidth), condition),
    });
  }

  /** Through the codec, with the mean and with a draw of its latent. A draw has its latent from the prior instead. */
  *reconstructions({ partons, observed }: EventBatch, rng: Rng): Generator<Reconstruction> {
    const { condition, drawn, mean } = tf.tidy(() => {
      const condition = this.conditionEncoder.encode(observed);
      const posterior = this.codec.encode(partons, condition);
      return { condition, drawn: posterior.sample(rng), mean: posterior.mean && tf.clone(posterior.mean) };
    });
    const decoded = (latent: tf.Tensor2D): tf.Tensor2D => tf.tidy(() => this.codec.decode(latent, condition));
    try {
      if (mean) yield { stage: 'codec, mean latent', partons: decoded(mean) };
      yield { stage: 'codec, drawn latent', partons: decoded(drawn) };
    } finally {
      tf.dispose([condition, drawn, ...(mean ? [mean] : [])]);
    }
  }

  #loss({ partons, observed, weights }: EventBatch, rng: Rng): StageLoss {
    const condition = this.conditionEncoder.encode(observed);
    const parts = { codec: this.codec, scaling: this.#scaling };
    const { latent: _, ...loss } = vaeLoss(parts, { partons, condition, weights }, this.#options, rng);
    return loss;
  }
}

function checkCodec({ condition }: LatentCodec): void {
  if (condition === 'both') return;
  throw new UserError(
    `invalid codec: it shows the detector to ${condition === 'none' ? 'neither half' : 'its encoder alone'}, ` +
      'and a CVAE draws its latent from N(0, 1), so the decoder has to see it; with the codec "gaussian" set ' +
      'codec.condition to both',
  );
}

/** The component `cvae` of the role `model`: a conditional variational autoencoder. */
export const cvaeModel = component(GenerativeModel, 'cvae', {
  description:
    'Conditional variational autoencoder: encoder and decoder see the detector, the prior is a standard normal',
  options: cvaeOptions,
  inject: [ConditionEncoder, LatentCodec, Scaling],
  create: ({ options }, conditionEncoder, codec, scaling) => new Cvae({ conditionEncoder, codec, scaling }, options),
});

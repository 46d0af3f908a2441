import * as tf from '@tensorflow/tfjs-core';
import {
  ConditionEncoder,
  component,
  type EventBatch,
  GenerativeModel,
  Module,
  type Observation,
  type Posterior,
  type Rng,
  Scaling,
  type StageLoss,
  type TrainingStage,
} from '@unfold-zoo/core';
import { type EventScaling, scaledWidth } from '@unfold-zoo/core/events';
import {
  consistencyOptions,
  consistencyTerm,
  reduceDimensions,
  reductionOption,
  weightedMean,
} from '@unfold-zoo/core/losses';
import { encodedPosterior } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { ConditionalFlow } from './flow/conditional-flow.js';

const cinnOptions = z.object({
  blocks: z.int().positive().default(24).describe('All-in-one blocks (Bellagente et al. 2020)'),
  layers: z.int().positive().default(3).describe('Linear maps of the subnet of each block (Bellagente et al. 2020)'),
  units: z.int().positive().default(256).describe('Width between them (Bellagente et al. 2020)'),
  clamp: z.number().positive().default(2).describe('Bound of the log-scale of a coupling (FrEIA)'),
  permutation: z
    .enum(['hard', 'soft'])
    .default('hard')
    .describe('What follows each coupling: a random order of the channels (as in FrEIA), or a random rotation of them'),
  globalAffine: z
    .enum(['softplus', 'sigmoid', 'exp'])
    .default('softplus')
    .describe('How the scale of a channel that is the same for every event is kept positive (FrEIA: softplus)'),
  reduction: reductionOption,
  reconstructionWeight: z
    .number()
    .min(0)
    .default(1)
    .describe(
      'Weight of the mean squared error between the truth and a draw (paper, section 4.1); 0 leaves it out. It ' +
        'makes draws narrower than the posterior: a Normal posterior of variance v, in units of the column, is ' +
        'learned with variance m where m + 2 m^2 = v at weight 1',
    ),
  consistency: consistencyOptions,
  noise: z
    .number()
    .min(0)
    .default(0.01)
    .describe(
      'Standard deviation of the noise that is added to the standardised partons before their likelihood is ' +
        'taken. Partons have components that never vary and others that are sums: without noise their density, ' +
        'and the loss, has no limit',
    ),
});

/** Parsed options of the model `cinn`. */
export type CinnOptions = z.output<typeof cinnOptions>;

/** What a CINN is put together from. */
export interface CinnParts {
  readonly conditionEncoder: ConditionEncoder;
  readonly scaling: EventScaling;
  /** W, how many numbers of an event are learned. */
  readonly partonWidth: number;
}

/**
 * Conditional invertible network (Bellagente et al. 2020; paper, section 4.1): a normalizing flow between the partons
 * and a standard normal, conditioned on the detector. In place of their MMD it has the paper's squared error and
 * consistency, both of one draw for each event.
 */
export class Cinn extends Module implements GenerativeModel {
  readonly conditionEncoder: ConditionEncoder;
  readonly flow: ConditionalFlow;
  readonly #width: number;
  readonly #scaling: EventScaling;
  readonly #options: CinnOptions;

  constructor({ conditionEncoder, scaling, partonWidth }: CinnParts, options: CinnOptions, rng: Rng) {
    super();
    const widths = { partons: partonWidth, condition: conditionEncoder.width };
    this.conditionEncoder = conditionEncoder;
    this.flow = new ConditionalFlow(widths, options, rng.fork('flow'));
    this.#width = partonWidth;
    this.#scaling = scaling;
    this.#options = options;
  }

  get stages(): readonly TrainingStage[] {
    const parameters = this.parameters.filter(({ trainable }) => trainable);
    return [{ name: 'joint', groups: [{ name: 'network', parameters }], loss: (batch, rng) => this.#loss(batch, rng) }];
  }

  posterior(observed: Observation): Posterior {
    return encodedPosterior(this.conditionEncoder, observed, {
      draw: (condition, rng) => this.#draw(condition, rng),
      logDensity: (partons, condition) => tf.neg(this.#negativeLogLikelihood(partons, condition)),
    });
  }

  #draw(condition: tf.Tensor2D, rng: Rng): tf.Tensor2D {
    return this.flow.inverse(rng.normalTensor(condition.shape[0], this.#width), condition);
  }

  #loss({ partons, observed, weights }: EventBatch, rng: Rng): StageLoss {
    const { noise, reduction } = this.#options;
    const condition = this.conditionEncoder.encode(observed);
    const smeared: tf.Tensor2D = tf.add(partons, tf.mul(noise, rng.normalTensor(...partons.shape)));
    const negativeLogLikelihood = this.#negativeLogLikelihood(smeared, condition);
    const perEvent = reduction === 'mean' ? tf.div(negativeLogLikelihood, this.#width) : negativeLogLikelihood;
    return {
      terms: {
        negativeLogLikelihood: weightedMean(perEvent as tf.Tensor1D, weights),
        ...this.#drawTerms({ partons, condition, weights }, rng),
      },
    };
  }

  /** [B] |z|^2 / 2 + P ln(2 pi) / 2 - ln |det dz/dx|. */
  #negativeLogLikelihood(partons: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor1D {
    const { values, logDet } = this.flow.forward(partons, condition);
    const normalisation = 0.5 * this.#width * Math.log(2 * Math.PI);
    return tf.sub(tf.add(tf.mul(0.5, tf.sum(tf.square(values), 1)), normalisation), logDet);
  }

  // One draw for each event serves both terms; without them none is made.
  #drawTerms(
    { partons, condition, weights }: { partons: tf.Tensor2D; condition: tf.Tensor2D; weights: tf.Tensor1D | undefined },
    rng: Rng,
  ): { reconstruction?: tf.Scalar; consistency?: tf.Scalar } {
    const { reconstructionWeight, consistency, reduction } = this.#options;
    if (reconstructionWeight === 0 && consistency.weight === 0) return {};
    const drawn = this.#draw(condition, rng);
    const squaredError = reduceDimensions(tf.squaredDifference(drawn, partons), reduction);
    const reconstruction: tf.Scalar = tf.mul(reconstructionWeight, weightedMean(squaredError, weights));
    return {
      ...(reconstructionWeight > 0 && { reconstruction }),
      ...consistencyTerm(drawn, this.#scaling, consistency, weights),
    };
  }
}

/** The component `cinn` of the role `model`: a conditional invertible neural network. */
export const cinnModel = component(GenerativeModel, 'cinn', {
  description: 'Conditional normalizing flow of all-in-one affine blocks between the partons and a standard normal',
  options: cinnOptions,
  inject: [ConditionEncoder, Scaling],
  create: ({ options, rng }, conditionEncoder, scaling) =>
    new Cinn({ conditionEncoder, scaling, partonWidth: scaledWidth(scaling) }, options, rng),
});

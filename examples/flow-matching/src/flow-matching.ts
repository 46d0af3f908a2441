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
import { antitheticTimes } from '@unfold-zoo/core/diffusion';
import { scaledWidth } from '@unfold-zoo/core/events';
import { reduceDimensions, reductionOption, weightedMean } from '@unfold-zoo/core/losses';
import { encodedPosterior } from '@unfold-zoo/core/nn';
import { z } from 'zod';
import { integrate } from './integrate.js';
import { VelocityNetwork } from './velocity-network.js';

const flowMatchingOptions = z.object({
  width: z.int().positive().default(128).describe('Width of the velocity network'),
  blocks: z.int().nonnegative().default(4).describe('Residual blocks of the velocity network'),
  embedding: z.int().positive().multipleOf(2).default(16).describe('Width of the embedding of the time'),
  steps: z
    .int()
    .positive()
    .default(25)
    .describe('Steps of the midpoint rule from noise to partons, two velocities each'),
  reduction: reductionOption,
});

/** Parsed options of the model `flow-matching`. */
export type FlowMatchingOptions = z.output<typeof flowMatchingOptions>;

/**
 * Conditional flow matching (Lipman et al. 2023; the straight paths of Liu et al. 2023): on x_t = (1 - t) noise + t x
 * the network learns the velocity x - noise. The mean over all paths through a point, which is what the squared error
 * finds, moves the noise at t = 0 into p(x | y) at t = 1.
 */
export class FlowMatching extends Module implements GenerativeModel {
  readonly conditionEncoder: ConditionEncoder;
  readonly network: VelocityNetwork;
  readonly #partons: number;
  readonly #options: FlowMatchingOptions;

  constructor(
    { conditionEncoder, partons }: { readonly conditionEncoder: ConditionEncoder; readonly partons: number },
    options: FlowMatchingOptions,
    rng: Rng,
  ) {
    super();
    this.conditionEncoder = conditionEncoder;
    this.network = new VelocityNetwork({ ...options, partons, condition: conditionEncoder.width }, rng);
    this.#partons = partons;
    this.#options = options;
  }

  get stages(): readonly TrainingStage[] {
    const groups = [{ name: 'network', parameters: this.parameters }];
    return [{ name: 'flow', groups, loss: (batch, rng) => this.#loss(batch, rng) }];
  }

  posterior(observed: Observation): Posterior {
    return encodedPosterior(this.conditionEncoder, observed, { draw: (condition, rng) => this.#draw(condition, rng) });
  }

  #draw(condition: tf.Tensor2D, rng: Rng): tf.Tensor2D {
    const rows = condition.shape[0];
    const velocity = (x: tf.Tensor2D, t: number) => this.network.velocity(x, tf.fill([rows], t), condition);
    return integrate(velocity, rng.normalTensor(rows, this.#partons), this.#options.steps);
  }

  #loss({ partons, observed, weights }: EventBatch, rng: Rng): StageLoss {
    const condition = this.conditionEncoder.encode(observed);
    const noise = rng.normalTensor(...partons.shape);
    const t = antitheticTimes(partons.shape[0], rng);
    const straight = tf.sub<tf.Tensor2D>(partons, noise);
    const x = tf.add<tf.Tensor2D>(noise, tf.mul(tf.expandDims(t, 1), straight));
    const error = tf.squaredDifference<tf.Tensor2D>(this.network.velocity(x, t, condition), straight);
    return { terms: { velocity: weightedMean(reduceDimensions(error, this.#options.reduction), weights) } };
  }
}

export const flowMatching = component(GenerativeModel, 'flow-matching', {
  description: 'Conditional flow matching: straight paths from noise to partons, their mean velocity learned',
  options: flowMatchingOptions,
  inject: [ConditionEncoder, Scaling],
  create: ({ options, rng }, conditionEncoder, scaling) =>
    new FlowMatching({ conditionEncoder, partons: scaledWidth(scaling) }, options, rng),
});

import * as tf from '@tensorflow/tfjs-core';
import type { ConditionEncoder } from '../contracts/model/condition-encoder.js';
import type { GenerativeModel } from '../contracts/model/generative-model.js';
import type { EventBatch, Observation } from '../contracts/model/observation.js';
import { Module } from '../module.js';
import { Rng } from '../rng.js';
import { claim } from './check.js';

/** Events whose posterior is known. */
export interface LinearGaussianEvents extends EventBatch {
  /** [B, 2], the features of the only object of the only input, `y`. */
  readonly y: tf.Tensor2D;
}

/** x of variance 1 and y = x plus noise of variance 1/4, in two independent dimensions. */
export function linearGaussianEvents(events: number, rng: Rng): LinearGaussianEvents {
  const partons = rng.normalTensor(events, 2);
  const y: tf.Tensor2D = tf.add(partons, tf.mul(0.5, rng.normalTensor(events, 2)));
  const observed = { y: { features: tf.expandDims<tf.Tensor3D>(y, 1), mask: tf.ones<tf.Rank.R2>([events, 1]) } };
  return { partons, observed, y };
}

/** Of `linearGaussianEvents` in each dimension: p(x | y) = N(slope y, variance). */
export const LINEAR_GAUSSIAN_POSTERIOR = { slope: 0.8, variance: 0.2 } as const;

/** z_y = y: the features of the only object, as they are. */
export class PlainEncoder extends Module implements ConditionEncoder {
  constructor(readonly width: number) {
    super();
  }

  encode(observed: Observation): tf.Tensor2D {
    return tf.squeeze(observed['y']!.features, [1]);
  }
}

const BATCH = 128;

/** How long a model is trained. */
export interface ShortTraining {
  /** Of every stage. */
  readonly steps: number;
  readonly learningRate: number;
  /** By default 128 events of `linearGaussianEvents`. */
  readonly makeBatch?: (rng: Rng) => EventBatch;
}

const rng = new Rng(7);

/**
 * Trains every stage of a model in turn, Adam on the sum of all terms and the parameters of the stage. The last quarter
 * of the steps is at a tenth of the learning rate, which averages over the noise of the batches.
 */
export function trainBriefly(model: GenerativeModel, training: ShortTraining): void {
  const { steps, learningRate, makeBatch = (stream) => linearGaussianEvents(BATCH, stream) } = training;
  for (const stage of model.stages) {
    for (const { from, to } of stage.copies ?? []) to.assign(from);
    const parameters = stage.groups.flatMap((group) => group.parameters);
    const optimizer = new ChangingAdam(learningRate);
    for (let i = 0; i < steps; i++) {
      if (i === Math.ceil(0.75 * steps)) optimizer.setLearningRate(0.1 * learningRate);
      tf.tidy(() => {
        const stream = rng.fork(`step ${i}`);
        const batch = makeBatch(stream.fork('batch'));
        const loss = () => tf.addN(Object.values(stage.loss(batch, stream.fork('loss')).terms)) as tf.Scalar;
        optimizer.minimize(loss, false, parameters as tf.Variable[]);
      });
    }
    optimizer.dispose();
  }
}

/** tfjs's Adam, whose learning rate can change. */
class ChangingAdam extends tf.AdamOptimizer {
  constructor(learningRate: number) {
    super(learningRate, 0.9, 0.999);
  }

  setLearningRate(learningRate: number): void {
    this.learningRate = learningRate;
  }
}

const DRAWS = 2000;

/** Five standard errors of a variance or a correlation of `DRAWS` draws, with room for the mean of a short training. */
const RELATIVE_ERROR = 5 * Math.sqrt(2 / DRAWS);

/**
 * What a model's draws for `linearGaussianEvents` follow: their slope [2, 2] against y, whose dimensions are
 * independent, and the covariance [2, 2] of what it leaves.
 */
export function fitDraws(model: GenerativeModel): { readonly slope: number[][]; readonly covariance: number[][] } {
  return tf.tidy(() => {
    const { observed, y } = linearGaussianEvents(DRAWS, rng.fork('check'));
    const draws = model.posterior(observed).draw(rng.fork('draws'));
    const slope: tf.Tensor2D = tf.div(tf.matMul(y, draws, true), tf.expandDims(tf.sum(tf.square(y), 0), 1));
    const rest: tf.Tensor2D = tf.sub(draws, tf.matMul(y, slope));
    const covariance: tf.Tensor2D = tf.div(tf.matMul(rest, rest, true), DRAWS);
    return { slope: slope.arraySync(), covariance: covariance.arraySync() };
  });
}

/** Refuses a model unless its draws have the slope and the variance of the posterior, and uncorrelated dimensions. */
export function claimPosterior(
  model: GenerativeModel,
  { slope, variance }: { readonly slope: number; readonly variance: number } = LINEAR_GAUSSIAN_POSTERIOR,
): void {
  const found = fitDraws(model);
  claimDiagonal('slope', found.slope, slope);
  claimDiagonal('covariance', found.covariance, variance);
}

function claimDiagonal(name: string, found: readonly (readonly number[])[], value: number): void {
  const off = found.flatMap((row, i) => row.map((entry, j) => Math.abs(entry - (i === j ? value : 0))));
  claim(
    Math.max(...off) < RELATIVE_ERROR * value,
    `the ${name} of the draws is ${found}, not ${value} on the diagonal`,
  );
}

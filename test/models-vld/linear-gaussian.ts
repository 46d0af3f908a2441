import * as tf from '@tensorflow/tfjs-core';
import type { CodecCondition, LatentCodec } from '@unfold-zoo/core';
import { type GenerativeModel, gaussianKl, type LatentPosterior, Module, type Parameter, Rng } from '@unfold-zoo/core';
import type { ExecutionContext } from 'ava';
import { observe } from './toy-networks.js';

/** x of variance 1 and y = x plus noise of variance 1/4, in two independent dimensions. */
export function linearGaussian(events: number, stream: Rng) {
  const partons = stream.normalTensor(events, 2);
  const y: tf.Tensor2D = tf.add(partons, tf.mul(0.5, stream.normalTensor(events, 2)));
  return { partons, observed: observe(y), y };
}

/** p(x | y) = N(0.8 y, 0.2). */
export const POSTERIOR = { slope: 0.8, variance: 0.2 } as const;

const rng = new Rng(7);

/** How long a toy is trained. */
export interface ToyTraining {
  /** Of every stage. */
  readonly steps: number;
  readonly learningRate: number;
  readonly makeBatch?: (stream: Rng) => {
    readonly partons: tf.Tensor2D;
    readonly observed: ReturnType<typeof observe>;
  };
}

const events = (stream: Rng) => linearGaussian(128, stream);

/**
 * Trains every stage of a model in turn, Adam on the sum of all terms and the parameters of the stage. The last quarter
 * of the steps is at a tenth of the learning rate, which averages over the noise of the batches.
 */
export function trainToy(model: GenerativeModel, { steps, learningRate, makeBatch = events }: ToyTraining): void {
  for (const stage of model.stages) {
    const parameters = stage.groups.flatMap((group) => group.parameters);
    const optimizer = new AdamOptimizer(learningRate);
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
class AdamOptimizer extends tf.AdamOptimizer {
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

/** Slope [2, 2] of a model's draws against y, and covariance [2, 2] of what it leaves. */
export function drawn(model: GenerativeModel): { slope: number[][]; covariance: number[][] } {
  return tf.tidy(() => {
    const { observed, y } = linearGaussian(DRAWS, rng.fork('check'));
    const draws = model.sample(observed, rng.fork('draws'));
    const slope: tf.Tensor2D = tf.div(tf.matMul(y, draws, true), tf.sum(tf.square(y), 0));
    const rest: tf.Tensor2D = tf.sub(draws, tf.matMul(y, slope));
    const covariance: tf.Tensor2D = tf.div(tf.matMul(rest, rest, true), DRAWS);
    return { slope: slope.arraySync(), covariance: covariance.arraySync() };
  });
}

/** Asserts that draws have the given slope and variance, and no correlation between the dimensions. */
export function checkDraws(
  t: ExecutionContext,
  model: GenerativeModel,
  expected: { slope: number; variance: number } = POSTERIOR,
): void {
  const { slope, covariance } = drawn(model);
  for (const [i, j] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    const one = i === j ? 1 : 0;
    const offSlope = Math.abs(slope[i]![j]! - one * expected.slope);
    const offVariance = Math.abs(covariance[i]![j]! - one * expected.variance);
    t.true(offSlope < RELATIVE_ERROR * expected.slope, `slope ${slope}`);
    t.true(offVariance < RELATIVE_ERROR * expected.variance, `covariance ${covariance}`);
  }
}

const variable = (value: () => tf.Tensor): Parameter => tf.tidy(() => tf.variable(value()));

/** Where a `LinearCodec` starts: each map is a multiple of the identity. */
export interface LinearCodecStart {
  readonly encoder: number;
  readonly encoderCondition: number;
  readonly logStd: number;
  readonly decoder: number;
  readonly decoderCondition: number;
}

/** z_x = A x + B y + std noise, x = C z_x + D y: a codec that can be exact on linear Gaussian events. */
export class LinearCodec extends Module implements LatentCodec {
  readonly deterministic = false;
  readonly latentWidth = 2;
  readonly encoder: Parameter;
  readonly logStd: Parameter;
  readonly decoder: Parameter;
  readonly encoderCondition?: Parameter;
  readonly decoderCondition?: Parameter;

  constructor(
    readonly condition: CodecCondition,
    start: LinearCodecStart,
  ) {
    super();
    const multiple = (factor: number) => variable(() => tf.mul(factor, tf.eye(2)));
    this.encoder = multiple(start.encoder);
    this.logStd = variable(() => tf.fill([2], start.logStd));
    this.decoder = multiple(start.decoder);
    if (condition !== 'none') this.encoderCondition = multiple(start.encoderCondition);
    if (condition === 'both') this.decoderCondition = multiple(start.decoderCondition);
  }

  encode(partons: tf.Tensor2D, condition: tf.Tensor2D): LatentPosterior {
    const mean = linearMap([partons, this.encoder], [condition, this.encoderCondition]);
    return {
      sample: (stream) => tf.add(mean, tf.mul(tf.exp(this.logStd), stream.normalTensor(...mean.shape))),
      kl: (priorMean, priorLogStd) =>
        gaussianKl({ mean, logStd: this.logStd }, { mean: priorMean, logStd: priorLogStd }),
    };
  }

  decode(latent: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor2D {
    return linearMap([latent, this.decoder], [condition, this.decoderCondition]);
  }
}

function linearMap(...terms: (readonly [tf.Tensor2D, Parameter | undefined])[]): tf.Tensor2D {
  const products = terms.flatMap(([x, matrix]) => (matrix ? [tf.matMul(x, matrix as tf.Tensor2D)] : []));
  return tf.addN(products) as tf.Tensor2D;
}

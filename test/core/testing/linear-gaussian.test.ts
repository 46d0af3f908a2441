import '../../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { type GenerativeModel, Module, type Observation, type Posterior, type TrainingStage } from '@unfold-zoo/core';
import { repeatRows } from '@unfold-zoo/core/nn';
import { claimPosterior, LINEAR_GAUSSIAN_POSTERIOR, trainBriefly } from '@unfold-zoo/core/testing';
import test from 'ava';

test.before(async () => {
  await tf.setBackend('cpu');
});

/** Draws from N(A y, variance); trains A by least squares, whose minimum is the posterior's slope. */
class LinearDraws extends Module implements GenerativeModel {
  readonly slope: tf.Variable;

  constructor(
    slope: tf.TensorLike,
    readonly variance: number,
  ) {
    super();
    this.slope = tf.variable(tf.tensor2d(slope as number[][]));
  }

  get stages(): readonly TrainingStage[] {
    return [
      {
        name: 'slope',
        groups: [{ name: 'network', parameters: this.parameters }],
        loss: ({ partons, observed }) => ({
          terms: { error: tf.mean(tf.squaredDifference(this.#mean(observed), partons)) },
        }),
      },
    ];
  }

  posterior(observed: Observation): Posterior {
    const means = this.#mean(observed);
    return {
      events: means.shape[0],
      draw: (rng, draws = 1) => {
        const mean = repeatRows(means, draws);
        return tf.add(mean, tf.mul(Math.sqrt(this.variance), rng.normalTensor(...mean.shape)));
      },
      dispose: () => means.dispose(),
    };
  }

  #mean(observed: Observation): tf.Tensor2D {
    return tf.matMul(tf.squeeze<tf.Tensor2D>(observed['y']!.features, [1]), this.slope as tf.Tensor as tf.Tensor2D);
  }
}

const { slope, variance } = LINEAR_GAUSSIAN_POSTERIOR;
const straight = (value: number) => [
  [value, 0],
  [0, value],
];

test('draws of the exact posterior are accepted', (t) => {
  t.notThrows(() => claimPosterior(new LinearDraws(straight(slope), variance)));
  t.notThrows(() => claimPosterior(new LinearDraws(straight(0.5), 0.1), { slope: 0.5, variance: 0.1 }));
});

test('draws of another slope, of another variance or of mixed dimensions are refused', (t) => {
  const refused = (model: GenerativeModel, message: RegExp) => t.throws(() => claimPosterior(model), { message });
  refused(new LinearDraws(straight(1), variance), /^the slope of the draws is .*, not 0\.8 on the diagonal$/);
  refused(new LinearDraws(straight(slope), 0.25), /^the covariance of the draws is .*, not 0\.2 on the diagonal$/);
  const mixed = [
    [slope, 0.2],
    [0, slope],
  ];
  refused(new LinearDraws(mixed, variance), /^the slope of the draws is /);
});

test('a brief training finds the slope of the posterior', (t) => {
  const model = new LinearDraws(straight(0), variance);
  t.throws(() => claimPosterior(model));
  trainBriefly(model, { steps: 100, learningRate: 0.05 });
  t.notThrows(() => claimPosterior(model));
});

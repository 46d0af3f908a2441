import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../../contracts/training/engine.js';
import type { HostArithmetic } from '../../contracts/training/host-arithmetic.js';
import { Rng } from '../../rng.js';
import { javaScriptArithmetic } from '../../training/optimisers/javascript-arithmetic.js';
import { type Check, check, claim } from '../check.js';
import { isClose, values } from '../module-checks.js';

/** What an `Engine` must do. Starting it makes its backend current, here too. */
export function engineChecks(make: () => Engine): Check[] {
  const started = (title: string, body: () => void): Check =>
    check(title, async () => {
      await make().start();
      tf.tidy(() => body());
    });
  return [
    check('it makes a backend current and says which', async () => {
      const engine = make();
      await engine.start();
      claim(Boolean(tf.getBackend()), 'no backend is current after the start');
      claim(engine.label.trim() !== '', 'the label is empty after the start');
    }),
    started('a product of matrices is that of float64', () => {
      const [a, b] = [new Rng(1).normalTensor(7, 19), new Rng(2).normalTensor(19, 5)];
      claim(isClose(tf.matMul(a, b), product(a, b)), 'a product of matrices is wrong');
    }),
    started('the gradient of a small network equals central differences', claimGradient),
    started('what is not a number stays so', () => {
      const passed = values(tf.matMul(tf.tensor2d([[Number.NaN, 1]]), tf.ones([2, 3])));
      claim(passed.every(Number.isNaN), 'NaN is lost in a product of matrices');
    }),
    check('its arithmetic on host arrays is that of JavaScript', async () => {
      const engine = make();
      await engine.start();
      if (engine.hostArithmetic) claimArithmetic(engine.hostArithmetic);
    }),
    started('what a tidy made is freed', () => {
      const before = tf.memory().numTensors;
      tf.tidy(() => void values(tf.softmax(tf.matMul(tf.ones([3, 4]), tf.ones([4, 5])))));
      claim(tf.memory().numTensors === before, 'a tidy leaves tensors behind');
    }),
  ];
}

function claimArithmetic(arithmetic: HostArithmetic): void {
  const [found, expected] = [arithmetic, javaScriptArithmetic].map(trained);
  const same = found!.every((array, i) => isClose(tf.tensor1d(array), tf.tensor1d(expected![i]!)));
  claim(same, 'Adam, a sum of squares or a moving average is not that of JavaScript');
}

/** Weights, moments, their average and the sum of the squares of the gradients after a few updates. */
function trained(arithmetic: HostArithmetic): readonly Float32Array[] {
  const rng = new Rng(3);
  const normals = (): Float32Array[] => [5, 300].map((size) => Float32Array.from({ length: size }, () => rng.normal()));
  const zeros = (): Float32Array[] => normals().map((array) => array.fill(0));
  const [weights, averages, first, second] = [normals(), normals(), zeros(), zeros()];
  const constants = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, rate: 0.1, secondScale: 2, scale: 0.5 };
  const sums = Float32Array.from({ length: 3 }, () => {
    const gradients = normals();
    arithmetic.adam({ ...constants, gradients, weights, first, second });
    arithmetic.movingAverage(0.25, weights, averages);
    return arithmetic.sumOfSquares(gradients);
  });
  return [...weights, ...averages, ...first, ...second, sums];
}

/** Plain loops, float64. */
function product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  const [left, right] = [a.arraySync(), b.arraySync()];
  return tf.tensor2d(left.map((row) => right[0]!.map((_, j) => row.reduce((sum, x, k) => sum + x * right[k]![j]!, 0))));
}

/** Half a step, where truncation and float32 rounding of a loss of order 1 are both about 1e-4. */
const HALF_STEP = 1e-2;
const GRADIENT_TOLERANCE = 1e-2;

function claimGradient(): void {
  const [x, weight] = [new Rng(1).normalTensor(6, 3), new Rng(2).normalTensor(3, 4)];
  const loss = (w: tf.Tensor): tf.Scalar => {
    const hidden = tf.tanh(tf.matMul(x, w as tf.Tensor2D));
    return tf.mean(tf.mul(tf.softmax(hidden), tf.range(0, 4)));
  };
  const gradient = values(tf.grad(loss)(weight));
  const at = (i: number, by: number): number => {
    const moved = values(weight);
    moved[i]! += by;
    return values(loss(tf.tensor2d(moved, [3, 4])))[0]!;
  };
  for (const [i, slope] of gradient.entries()) {
    const difference = (at(i, HALF_STEP) - at(i, -HALF_STEP)) / (2 * HALF_STEP);
    claim(
      Math.abs(slope - difference) <= GRADIENT_TOLERANCE,
      `a gradient is ${slope}, central differences say ${difference}`,
    );
  }
}

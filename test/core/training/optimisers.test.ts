import type { Optimiser } from '@unfold-zoo/core';
import {
  adam,
  adamW,
  clipScale,
  globalNorm,
  javaScriptArithmetic,
  lion,
  MovingAverage,
} from '@unfold-zoo/core/training';
import test from 'ava';
import { fixture } from '../../fixtures.js';

interface Golden {
  readonly inputs: { readonly A: { data: number[]; shape: [number, number] }; readonly w: { data: number[] } };
  readonly steps: readonly { readonly grad_norm_before_clip: number; readonly w: { data: number[] } }[];
}

const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/** One weight vector with what its optimiser remembers. */
function optimised(optimiser: Optimiser, weight: Float32Array, learningRate: number) {
  const moments = Object.fromEntries(optimiser.moments.map((name) => [name, [new Float32Array(weight.length)]]));
  let step = 0;
  return (gradient: Float32Array, scale = 1) => {
    step++;
    const weights = [weight];
    optimiser.update({ step, learningRate, scale, gradients: [gradient], weights, moments }, javaScriptArithmetic);
  };
}

/** d/dw of sum((A w - 1)^2). */
function gradientOf({ A }: Golden['inputs'], weight: Float32Array): Float32Array {
  const [rows, columns] = A.shape;
  const gradient = new Float32Array(columns);
  for (let i = 0; i < rows; i++) {
    const row = A.data.slice(i * columns, (i + 1) * columns);
    const residual = row.reduce((sum, a, j) => sum + a * weight[j]!, 0) - 1;
    for (let j = 0; j < columns; j++) gradient[j]! += 2 * residual * row[j]!;
  }
  return gradient;
}

test('Adam with clipping follows PyTorch', (t) => {
  const { inputs, steps } = fixture<Golden>('golden/adam_clip.json');
  const weight = Float32Array.from(inputs.w.data);
  const update = optimised(adam(options), weight, 0.05);
  for (const golden of steps) {
    const gradient = gradientOf(inputs, weight);
    const norm = globalNorm([gradient]);
    t.true(Math.abs(norm / golden.grad_norm_before_clip - 1) < 1e-6, `norm ${norm}`);
    update(gradient, clipScale(norm, 1));
    for (const [j, expected] of golden.w.data.entries()) t.true(Math.abs(weight[j]! - expected) < 1e-6);
  }
});

interface Published {
  readonly gradients: readonly (readonly number[])[];
  readonly start: readonly number[];
  readonly runs: readonly {
    readonly optimiser: 'adamw' | 'lion';
    readonly options: Readonly<Record<string, number>>;
    readonly learningRate: number;
    readonly weights: readonly (readonly number[])[];
  }[];
}

const published = fixture<Published>('golden/decoupled_decay.json');
const make = { adamw: adamW, lion } as unknown as Record<
  string,
  (given: Readonly<Record<string, number>>) => Optimiser
>;

for (const { optimiser, options: given, learningRate, weights } of published.runs) {
  test(`${optimiser} with ${JSON.stringify(given)} follows the published recurrence`, (t) => {
    const weight = Float32Array.from(published.start);
    const update = optimised(make[optimiser]!(given), weight, learningRate);
    for (const [step, expected] of weights.entries()) {
      update(Float32Array.from(published.gradients[step]!));
      // Float32 storage of weights of order 1, over the updates so far.
      const rounding = 2 ** -23 * (step + 1);
      for (const [j, value] of expected.entries()) t.true(Math.abs(weight[j]! - value) <= rounding, `step ${step + 1}`);
    }
  });
}

test('a norm under the limit is left as it is and one over it is brought to it', (t) => {
  t.is(clipScale(0.5, 1), 1);
  const gradient = Float32Array.from([3, 4]);
  t.is(globalNorm([gradient]), 5);
  t.true(Math.abs(clipScale(5, 1) * 5 - 1) < 1e-6);
});

test('the first step of Adam has the size of the learning rate, whatever the gradient', (t) => {
  for (const size of [1e-3, 1, 1e3]) {
    const weight = Float32Array.from([1]);
    optimised(adam(options), weight, 0.01)(Float32Array.from([size]));
    t.true(Math.abs(weight[0]! - 0.99) < 1e-6);
  }
});

test('every step of Lion has the size of the learning rate, whatever the gradients', (t) => {
  const weight = Float32Array.from([1]);
  const update = optimised(lion({ beta1: 0.9, beta2: 0.99, weightDecay: 0 }), weight, 0.125);
  for (const [i, size] of [1e-3, 1, 1e3].entries()) {
    update(Float32Array.from([size]));
    t.is(weight[0], 1 - 0.125 * (i + 1));
  }
});

test('AdamW without decay is Adam, and with it takes its part of a weight that has no gradient', (t) => {
  const [first, second, third] = [1, 1, 1].map((value) => Float32Array.from([value]));
  optimised(adam(options), first!, 0.1)(Float32Array.from([0.3]));
  optimised(adamW({ ...options, weightDecay: 0 }), second!, 0.1)(Float32Array.from([0.3]));
  t.deepEqual(second, first);
  optimised(adamW({ ...options, weightDecay: 0.5 }), third!, 0.1)(Float32Array.from([0]));
  t.is(third![0], Math.fround(1 - 0.1 * 0.5));
});

test('the moving average of constant weights is the constant, and it follows a change', (t) => {
  const weight = Float32Array.from([2]);
  const average = new MovingAverage([weight], 0.99);
  for (let step = 1; step <= 10; step++) average.update([weight], step);
  t.is(average.values[0]![0], 2);
  weight[0] = 4;
  for (let step = 11; step <= 2000; step++) average.update([weight], step);
  t.true(Math.abs(average.values[0]![0]! - 4) < 1e-5);
});

import { Adam, clipScale, globalNorm, MovingAverage } from '@unfold-zoo/core/training';
import test from 'ava';
import { fixture } from '../fixtures.js';

interface Golden {
  readonly inputs: { readonly A: { data: number[]; shape: [number, number] }; readonly w: { data: number[] } };
  readonly steps: readonly { readonly grad_norm_before_clip: number; readonly w: { data: number[] } }[];
}

const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

test('Adam with clipping follows PyTorch', (t) => {
  const { inputs, steps } = fixture<Golden>('golden/adam_clip.json');
  const [rows, columns] = inputs.A.shape;
  const weight = Float32Array.from(inputs.w.data);
  const adam = new Adam([columns], options);
  for (const golden of steps) {
    // d/dw of sum((A w - 1)^2)
    const gradient = new Float32Array(columns);
    for (let i = 0; i < rows; i++) {
      const row = inputs.A.data.slice(i * columns, (i + 1) * columns);
      const residual = row.reduce((sum, a, j) => sum + a * weight[j]!, 0) - 1;
      for (let j = 0; j < columns; j++) gradient[j]! += 2 * residual * row[j]!;
    }
    const norm = globalNorm([gradient]);
    t.true(Math.abs(norm / golden.grad_norm_before_clip - 1) < 1e-6, `norm ${norm}`);
    adam.update([weight], [gradient], { learningRate: 0.05, scale: clipScale(norm, 1) });
    for (const [j, expected] of golden.w.data.entries()) t.true(Math.abs(weight[j]! - expected) < 1e-6);
  }
});

test('a norm under the limit is left as it is and one over it is brought to it', (t) => {
  t.is(clipScale(0.5, 1), 1);
  const gradient = Float32Array.from([3, 4]);
  t.is(globalNorm([gradient]), 5);
  t.true(Math.abs(clipScale(5, 1) * 5 - 1) < 1e-6);
});

test('the first step of Adam has the size of the learning rate, whatever the gradient', (t) => {
  for (const size of [1e-3, 1, 1e3]) {
    const weight = Float32Array.from([1]);
    new Adam([1], options).update([weight], [Float32Array.from([size])], { learningRate: 0.01, scale: 1 });
    t.true(Math.abs(weight[0]! - 0.99) < 1e-6);
  }
});

test('an optimiser restored from its state goes on exactly as the first one', (t) => {
  const gradients = [0.3, -0.2, 0.9, 0.1].map((g) => [Float32Array.from([g, -g])]);
  const update = (adam: Adam, weight: Float32Array, from: number): void => {
    for (const gradient of gradients.slice(from)) adam.update([weight], gradient, { learningRate: 0.1, scale: 1 });
  };
  const whole = Float32Array.from([1, 2]);
  update(new Adam([2], options), whole, 0);

  const half = Float32Array.from([1, 2]);
  const first = new Adam([2], options);
  for (const gradient of gradients.slice(0, 2)) first.update([half], gradient, { learningRate: 0.1, scale: 1 });
  const second = new Adam([2], options);
  second.restore(['w'], new Map(first.state(['w'])), first.steps);
  update(second, half, 2);
  t.deepEqual(half, whole);
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

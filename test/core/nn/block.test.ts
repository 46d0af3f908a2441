import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import {
  GatedFeedForward,
  type GatedFeedForwardParameters,
  gatedFeedForward,
  LayerNorm,
  Linear,
  layerNorm,
  plainGatedFeedForward,
} from '@unfold-zoo/core/nn';
import test from 'ava';
import { BACKENDS, identical, useBackend } from './backends.js';

const ROWS = 64;
const WIDTH = 8;
const rng = new Rng(11);

function stack(depth: number): GatedFeedForward[] {
  return Array.from(
    { length: depth },
    (_, i) => new GatedFeedForward({ width: WIDTH, expansion: 2, gateBias: 0 }, rng.fork(`block ${i}`)),
  );
}

type Step = (x: tf.Tensor2D, block: GatedFeedForward) => tf.Tensor2D;
const recomputed: Step = (x, block) => block.apply(x);
const unrecomputed: Step = (x, block) => plainGatedFeedForward(x, block);

/** The gradients of a chain of blocks, by the names of the variables. */
function gradients(blocks: readonly GatedFeedForward[], step: Step): tf.NamedTensorMap {
  const x = rng.fork('x').normalTensor(ROWS, WIDTH);
  const parameters = blocks.flatMap((block) => block.parameters);
  const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(blocks.reduce(step, x))), parameters);
  tf.dispose([x, value]);
  return grads;
}

for (const backend of BACKENDS) {
  test.serial(`gradients recomputed on the way back equal those from the tape in every bit (${backend})`, async (t) => {
    await useBackend(backend);
    const blocks = stack(3);
    const expected = gradients(blocks, unrecomputed);
    const actual = gradients(blocks, recomputed);
    t.deepEqual(Object.keys(actual), Object.keys(expected));
    for (const [name, gradient] of Object.entries(actual)) t.true(identical(gradient, expected[name]!));
  });

  test.serial(`neither a gradient nor a forward pass leaves a tensor behind (${backend})`, async (t) => {
    await useBackend(backend);
    const blocks = stack(2);
    const before = tf.memory().numTensors;
    tf.dispose(gradients(blocks, recomputed));
    t.is(tf.memory().numTensors, before);

    const x = rng.normalTensor(ROWS, WIDTH);
    const out = blocks[0]!.apply(x);
    t.is(tf.memory().numTensors, before + 2);
    tf.dispose([x, out, ...blocks.flatMap((block) => block.parameters)]);
  });
}

async function peak(depth: number, step: Step): Promise<{ bytes: number; tensors: number; parameterBytes: number }> {
  const blocks = stack(depth);
  const start = tf.memory();
  const { kernels } = await tf.profile(() => tf.dispose(gradients(blocks, step)));
  const parameterBytes = 4 * blocks[0]!.parameters.reduce((sum, { size }) => sum + size, 0);
  for (const block of blocks) block.dispose();
  return {
    bytes: Math.max(...kernels.map((kernel) => kernel.totalBytesSnapshot)) - start.numBytes,
    tensors: Math.max(...kernels.map((kernel) => kernel.totalTensorsSnapshot)) - start.numTensors,
    parameterBytes,
  };
}

test.serial(
  'the memory of a gradient grows with the depth only by what enters a block and by its gradients',
  async (t) => {
    await useBackend('cpu');
    const one = await peak(1, recomputed);
    const ten = await peak(10, recomputed);
    const activation = 4 * ROWS * WIDTH;
    const parameterTensors = stack(1)[0]!.parameters.length;
    // A further block adds its input, the tape's handle of it, the input's gradient, and those of its parameters.
    t.true(ten.bytes - one.bytes <= 9 * (3 * activation + one.parameterBytes));
    t.true(ten.tensors - one.tensors <= 9 * (3 + parameterTensors));

    const plain = [await peak(1, unrecomputed), await peak(10, unrecomputed)];
    t.true(ten.bytes < plain[1]!.bytes / 3);
  },
);

test.serial('a fused kernel of the backend is used, with its gradient and what it saved', async (t) => {
  await useBackend('cpu');
  const calls: string[] = [];
  // Not a normalisation at all, so that it cannot be mistaken for the plain composition: 3 x + bias.
  const fused: tf.KernelFunc = ({ inputs, attrs }) => {
    calls.push(`forward, training ${attrs?.['training']}, epsilon ${attrs?.['epsilon']}`);
    const [x, bias] = [inputs['x'] as tf.Tensor, inputs['bias'] as tf.Tensor];
    const value = tf.tidy(() => tf.add(tf.mul(x, 3), bias));
    return attrs?.['training'] ? [value, tf.scalar(3)] : value;
  };
  const gradient: tf.KernelFunc = ({ inputs }) => {
    calls.push('backward');
    const { dy, saved0, scale } = inputs as tf.NamedTensorMap;
    return [tf.sum(dy!, 0), tf.zerosLike(scale!), tf.mul(dy!, saved0!)]; // bias, scale, x
  };
  tf.registerKernel({ kernelName: 'UnfoldLayerNorm', backendName: 'cpu', kernelFunc: fused });
  tf.registerKernel({ kernelName: 'UnfoldLayerNormGrad', backendName: 'cpu', kernelFunc: gradient });
  try {
    const norm = new LayerNorm(2);
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const before = tf.memory().numTensors;
    const out = norm.apply(x);
    t.deepEqual([...out.dataSync()], [3, 6, 9, 12]);
    const grads = tf.grads((x: tf.Tensor, bias: tf.Tensor) =>
      layerNorm(x, { scale: norm.scale, bias: bias as tf.Tensor1D }),
    )([x, norm.bias]);
    t.deepEqual([...grads[0]!.dataSync()], [3, 3, 3, 3]);
    t.deepEqual([...grads[1]!.dataSync()], [2, 2]);
    t.deepEqual(calls, [
      'forward, training false, epsilon 0.00001',
      'forward, training true, epsilon 0.00001',
      'backward',
    ]);
    tf.dispose([out, ...grads]);
    t.is(tf.memory().numTensors, before);
  } finally {
    tf.unregisterKernel('UnfoldLayerNorm', 'cpu');
    tf.unregisterKernel('UnfoldLayerNormGrad', 'cpu');
  }
});

test.serial('variables of every layer of a small network receive a gradient, also next to ordinary ops', async (t) => {
  await useBackend('cpu');
  const embed = new Linear({ inputs: 3, outputs: WIDTH, activation: 'gelu' }, rng.fork('embed'));
  const [block] = stack(1);
  const norm = new LayerNorm(WIDTH);
  const x = rng.normalTensor(ROWS, 3);
  const parameters = [embed, block!, norm].flatMap((module) => module.parameters);
  const loss = (): tf.Scalar =>
    tf.mean(tf.square(tf.sub(norm.apply(block!.apply(tf.tanh(embed.apply(x)) as tf.Tensor2D)), tf.sin(tf.sum(x)))));
  const { grads } = tf.variableGrads(loss, parameters);
  for (const parameter of parameters) t.true(tf.max(tf.abs(grads[parameter.name]!)).dataSync()[0]! > 0);
});

test.serial('parameters may be computed inside of the function whose gradient is taken', async (t) => {
  await useBackend('cpu');
  const [block] = stack(1);
  const x = rng.normalTensor(ROWS, WIDTH);
  const withSquaredScale =
    (step: (x: tf.Tensor2D, parameters: GatedFeedForwardParameters) => tf.Tensor2D) =>
    (root: tf.Tensor): tf.Tensor =>
      step(x, { ...block!, norm: { scale: tf.square(root) as tf.Tensor1D, bias: block!.norm.bias } });
  const root = tf.tensor1d([...Array(WIDTH).keys()]);
  const expected = tf.grad(withSquaredScale(plainGatedFeedForward))(root);
  const actual = tf.grad(withSquaredScale(gatedFeedForward))(root);
  t.true(identical(actual, expected));
});

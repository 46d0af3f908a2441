import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { inSeries, Linear } from '@unfold-zoo/core/nn';
import test from 'ava';
import { install, project } from '../core/config/project.js';

/** A layer x -> factor x^2, fused for the engine `cpu`, and one that is not, with a block in its composition. */
const plugin = `
import * as tf from '@tensorflow/tfjs-core';
import { definePlugin } from '@unfold-zoo/core';
import { block, linear } from '@unfold-zoo/core/nn';

export const calls = { forward: 0, backward: 0 };

export const scaledSquare = (x, factor) => block({
  kernel: 'OwnScaledSquare',
  inputs: { x, factor },
  constants: {},
  plain: ({ x, factor }) => tf.mul(factor, tf.square(x)),
});

export const linearSine = (x, kernel) => block({
  kernel: 'OwnLinearSine',
  inputs: { x, kernel },
  constants: {},
  plain: ({ x, kernel }) => tf.sin(linear(x, { kernel })),
});

tf.registerKernel({
  kernelName: 'OwnScaledSquare',
  backendName: 'cpu',
  kernelFunc: ({ inputs: { x, factor } }) => {
    calls.forward += 1;
    return tf.mul(factor, tf.square(x));
  },
});
tf.registerKernel({
  kernelName: 'OwnScaledSquareGrad',
  backendName: 'cpu',
  kernelFunc: ({ inputs: { x, factor, dy } }) => {
    calls.backward += 1;
    return [tf.sum(tf.mul(dy, tf.square(x)), 0), tf.mul(dy, tf.mul(2, tf.mul(factor, x)))];
  },
});

export default definePlugin({ name: 'own-layer', version: '1.0.0' }, []);
`;

interface OwnLayer {
  readonly calls: { forward: number; backward: number };
  scaledSquare(x: tf.Tensor2D, factor: tf.Tensor1D): tf.Tensor2D;
  linearSine(x: tf.Tensor2D, kernel: tf.Tensor2D): tf.Tensor2D;
}

test("blocks of a plugin, fused and not, stand in a series with core's, bit for bit as one by one", async (t) => {
  await tf.setBackend('cpu');
  const folder = project(t, { 'package.json': '{ "type": "module" }', 'layer.js': plugin });
  install(folder, '@unfold-zoo/core', '@tensorflow/tfjs-core');
  const own = (await import(pathToFileURL(join(folder, 'layer.js')).href)) as OwnLayer;
  const rng = new Rng(2);
  const first = new Linear({ inputs: 4, outputs: 3, activation: 'gelu' }, rng.fork('first'));
  const [factor, kernel] = [tf.variable(tf.tensor1d([0.5, -1, 2])), tf.variable(rng.fork('k').normalTensor(3, 5))];
  const x = tf.variable(rng.fork('x').normalTensor(6, 4));
  const parameters = [...first.parameters, factor, kernel];
  const apply = (input: tf.Tensor2D) =>
    own.linearSine(own.scaledSquare(first.apply(input), factor as tf.Tensor1D), kernel as tf.Tensor2D);

  const gradients = (forward: (input: tf.Tensor2D) => tf.Tensor) =>
    tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => tf.sum(forward(x as tf.Tensor2D)), [x, ...parameters]);
      return [value, ...[x, ...parameters].map(({ name }) => grads[name]!)].map((each) => [...each.dataSync()]);
    });
  const before = tf.memory().numTensors;
  const oneByOne = gradients(apply);
  const inOne = gradients((input) => inSeries(input, parameters, apply));
  t.deepEqual(inOne, oneByOne);
  t.deepEqual(own.calls, { forward: 2, backward: 2 });
  t.is(tf.memory().numTensors, before);
  t.true(oneByOne.every((each) => each.some((value) => value !== 0)));
});

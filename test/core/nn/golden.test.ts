import * as tf from '@tensorflow/tfjs-core';
import { gatedFeedForward, gelu, gruGate, layerNorm, linear, maskedAttention } from '@unfold-zoo/core/nn';
import test from 'ava';
import { fixture } from '../../fixtures.js';
import { BACKENDS, distance, useBackend } from './backends.js';

// Float32 against float64 (test/fixtures/golden/README.md).
const VALUE_TOLERANCE = 1e-6;
const GRADIENT_TOLERANCE = 1e-5;

interface GoldenArray {
  readonly shape: number[];
  readonly data: number[];
}

interface Golden {
  readonly inputs: Readonly<Record<string, GoldenArray>>;
  readonly params?: Readonly<Record<string, GoldenArray>>;
  readonly out: GoldenArray;
  readonly grads: Readonly<Record<string, GoldenArray>>;
}

type Tensors = Readonly<Record<string, tf.Tensor>>;

const tensor = ({ shape, data }: GoldenArray): tf.Tensor => tf.tensor(data, shape);

const CASES: {
  readonly title: string;
  readonly file: string;
  /** The layer on PyTorch's parameters, which are differentiated through their change of layout. */
  readonly layer: (tensors: Tensors, mask: tf.Tensor2D) => tf.Tensor;
}[] = [
  { title: 'gelu', file: 'gelu', layer: ({ x }) => gelu(x!) },
  {
    title: 'layer norm',
    file: 'layer_norm',
    layer: ({ x, weight, bias }) => layerNorm(x!, { scale: weight as tf.Tensor1D, bias: bias as tf.Tensor1D }),
  },
  {
    title: 'the GRU gate',
    file: 'gru_gate',
    layer: (all) => gruGate(all['y']!, all['x']!, gateOf(all, '')),
  },
  {
    title: 'the gated feed-forward block',
    file: 'gated_feed_forward',
    layer: (all) =>
      gatedFeedForward(all['x']!, {
        mix: { kernel: tf.transpose(all['linear1.weight'] as tf.Tensor2D) },
        norm: { scale: all['norm.weight'] as tf.Tensor1D, bias: all['norm.bias'] as tf.Tensor1D },
        expand: linearOf(all, 'linear2.'),
        contract: linearOf(all, 'linear3.'),
        gate: gateOf(all, 'gate.'),
      }),
  },
  {
    title: 'masked attention',
    file: 'masked_attention',
    layer: (all, mask) => {
      const output = linearOf(all, 'out_proj.');
      const attended = maskedAttention(
        all['x'] as tf.Tensor3D,
        {
          inputKernel: tf.transpose(all['in_proj_weight'] as tf.Tensor2D),
          inputBias: all['in_proj_bias'] as tf.Tensor1D,
          outputKernel: output.kernel,
          outputBias: output.bias,
        },
        { mask, heads: 2 },
      );
      return tf.mul(attended, tf.expandDims(mask, 2));
    },
  },
];

function linearOf(all: Tensors, prefix: string): { kernel: tf.Tensor2D; bias: tf.Tensor1D } {
  return { kernel: tf.transpose(all[`${prefix}weight`] as tf.Tensor2D), bias: all[`${prefix}bias`] as tf.Tensor1D };
}

// PyTorch stacks r, z, n in rows.
function gateOf(all: Tensors, prefix: string) {
  const thirds = (name: string): tf.Tensor[] => tf.split(all[prefix + name]!, 3, 0);
  const kernel = (parts: tf.Tensor[]): tf.Tensor2D => tf.transpose(tf.concat(parts as tf.Tensor2D[], 0));
  const nrz = ([r, z, n]: tf.Tensor[]): tf.Tensor[] => [n!, r!, z!];
  return {
    inputKernel: kernel(nrz(thirds('weight_ih'))),
    inputBias: tf.concat(nrz(thirds('bias_ih')), 0) as tf.Tensor1D,
    skipKernel: kernel(thirds('weight_hh')),
    skipBias: tf.concat(thirds('bias_hh'), 0) as tf.Tensor1D,
  };
}

/** Every output row counts, by its cotangent; padding rows do not. */
function loss(out: tf.Tensor, { cotangent }: Tensors): tf.Tensor {
  return tf.sum(cotangent ? tf.mul(out, cotangent) : out);
}

for (const backend of BACKENDS) {
  for (const { title, file, layer } of CASES) {
    test.serial(`${title} and its gradients are PyTorch's (${backend})`, async (t) => {
      await useBackend(backend);
      const golden = fixture<Golden>(`golden/${file}.json`);
      const inputs = Object.fromEntries(Object.entries(golden.inputs).map(([name, value]) => [name, tensor(value)]));
      const parameters = Object.entries(golden.params ?? {}).map(([name, value]) => [name, tensor(value)] as const);
      const all: Tensors = { ...inputs, ...Object.fromEntries(parameters) };
      const mask = inputs['mask'] as tf.Tensor2D;

      t.true(distance(layer(all, mask), tensor(golden.out)) < VALUE_TOLERANCE);

      const names = Object.keys(golden.grads);
      const gradients = tf.grads((...tensors: tf.Tensor[]) =>
        loss(layer({ ...all, ...Object.fromEntries(names.map((name, i) => [name, tensors[i]!])) }, mask), inputs),
      )(names.map((name) => all[name]!));
      for (const [i, name] of names.entries()) {
        const error = distance(gradients[i]!, tensor(golden.grads[name]!));
        t.true(error < GRADIENT_TOLERANCE, `${name}: ${error}`);
      }
    });
  }
}

for (const backend of BACKENDS) {
  test.serial(`linear is x W + b on any rank, with the gradients of tfjs's own product (${backend})`, async (t) => {
    await useBackend(backend);
    const x = tf.tensor3d([...Array(24).keys()].map(Math.sin), [2, 3, 4]);
    const kernel = tf.tensor2d([...Array(8).keys()].map(Math.cos), [4, 2]);
    const bias = tf.tensor1d([0.5, -1]);
    const cotangent = tf.tensor3d([...Array(12).keys()], [2, 3, 2]);
    const reference = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
      tf.reshape(tf.add(tf.matMul(tf.reshape(x, [6, 4]), kernel), bias), [2, 3, 2]);
    const ours = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
      linear(x, { kernel: kernel as tf.Tensor2D, bias: bias as tf.Tensor1D });

    t.true(distance(ours(x, kernel, bias), reference(x, kernel, bias)) < VALUE_TOLERANCE);
    const expected = tf.grads(reference)([x, kernel, bias], cotangent);
    for (const [i, gradient] of tf.grads(ours)([x, kernel, bias], cotangent).entries()) {
      t.true(distance(gradient, expected[i]!) < GRADIENT_TOLERANCE);
    }
  });
}

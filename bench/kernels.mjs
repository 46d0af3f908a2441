// Each fused block of the native engine beside the same block composed of tfjs ops, forward and with gradients.
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import {
  GatedAttention,
  GatedFeedForward,
  GruGate,
  LayerNorm,
  Linear,
  plainGatedAttention,
  plainGatedFeedForward,
  plainGruGate,
  plainLayerNorm,
  plainLinear,
} from '@unfold-zoo/core/nn';
import { nativeEngine } from '@unfold-zoo/engine-native';
import { wasmEngine } from '@unfold-zoo/engines';
import { median } from './shared/median.mjs';

export const options = {
  events: { type: 'string', default: '256', description: 'events' },
  objects: { type: 'string', default: '23', description: 'objects of an event, none of them padding' },
  width: { type: 'string', default: '96', description: 'D' },
  repeats: { type: 'string', default: '10', description: 'measured repeats; the median is reported' },
  threads: { type: 'string', default: '1', description: 'threads of the native engine' },
};

// Multiply-adds of each block for one row, in units of D^2, without the products inside of attention.
const WORK = { linear: 1, layerNorm: 0, gruGate: 6, gatedFeedForward: 11, gatedAttention: 10 };

export async function run(values) {
  const sizes = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)]));
  const rows = sizes.events * sizes.objects;
  const native = nativeEngine({ threads: sizes.threads });
  const wasm = wasmEngine();
  const blocks = {};
  await native.start();
  for (const [name, work] of Object.entries(WORK)) {
    const flops = 2 * work * rows * sizes.width ** 2;
    await tf.setBackend('native');
    const fused = await measure(name, 'fused', sizes);
    const plain = await measure(name, 'plain', sizes);
    blocks[name] = { fused: withRate(fused, flops), plain: withRate(plain, flops) };
  }
  await wasm.start();
  for (const [name, work] of Object.entries(WORK)) {
    const plain = await measure(name, 'plain', { ...sizes, repeats: Math.min(3, sizes.repeats) });
    blocks[name].wasm = withRate(plain, 2 * work * rows * sizes.width ** 2);
  }
  return { engine: native.label, reference: wasm.label, rows, width: sizes.width, blocks };
}

function withRate({ forwardMs, gradientMs }, flops) {
  const rate = flops === 0 ? {} : { gigaflopsPerSecond: (3 * flops) / gradientMs / 1e6 };
  return { forwardMs, gradientMs, ...rate };
}

/** Median times of the block alone and of the block with all its gradients, ms. */
async function measure(name, form, { events, objects, width, repeats }) {
  const rng = new Rng(1);
  const { module, fused, plain } = makeBlock(name, width, rng);
  const apply = form === 'fused' ? fused : plain;
  const x = tf.variable(rng.normalTensor(events * objects, width));
  const shape = [events, objects, width];
  const mask = tf.ones([events, objects]);
  // The native engine computes while JavaScript goes on; wasm is done when a call returns.
  const finish = () => tf.backend().finish?.();
  const forward = () => {
    tf.tidy(() => void apply(x, { shape, mask }));
    finish();
  };
  const gradient = () => {
    tf.tidy(() => void tf.variableGrads(() => tf.sum(apply(x, { shape, mask })), [...module.parameters, x]));
    finish();
  };
  const result = { forwardMs: medianTime(repeats, forward), gradientMs: medianTime(repeats, gradient) };
  module.dispose();
  tf.dispose([x, mask]);
  return result;
}

function medianTime(repeats, work) {
  work();
  const times = Array.from({ length: repeats }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return median(times);
}

function makeBlock(name, width, rng) {
  if (name === 'linear') {
    const module = new Linear({ inputs: width, outputs: width }, rng);
    return { module, fused: (x) => module.apply(x), plain: (x) => plainLinear(x, module) };
  }
  if (name === 'layerNorm') {
    const module = new LayerNorm(width);
    return { module, fused: (x) => module.apply(x), plain: (x) => plainLayerNorm(x, module) };
  }
  if (name === 'gruGate') {
    const module = new GruGate({ width }, rng);
    return { module, fused: (x) => module.apply(x, x), plain: (x) => plainGruGate(x, x, module) };
  }
  if (name === 'gatedFeedForward') {
    const module = new GatedFeedForward({ width, expansion: 2, gateBias: 0 }, rng);
    return { module, fused: (x) => module.apply(x), plain: (x) => plainGatedFeedForward(x, module) };
  }
  const module = new GatedAttention({ width, heads: 4, gateBias: 0 }, rng);
  return {
    module,
    fused: (x, { shape, mask }) => module.apply(tf.reshape(x, shape), mask),
    plain: (x, { shape, mask }) => plainGatedAttention(tf.reshape(x, shape), module, { mask, heads: 4 }),
  };
}

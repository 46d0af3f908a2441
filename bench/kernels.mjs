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
  precision: { type: 'string', default: 'float32', description: 'float32 or bfloat16, of the fused blocks' },
  forms: { type: 'string', default: 'fused,plain,wasm', description: 'which of the forms are measured' },
};

// Multiply-adds of each block for one row, in units of D^2, without the products inside of attention.
const WORK = { linear: 1, layerNorm: 0, gruGate: 6, gatedFeedForward: 11, gatedAttention: 10 };

export async function run({ precision, forms, ...numbers }) {
  const sizes = Object.fromEntries(Object.entries(numbers).map(([name, text]) => [name, Number(text)]));
  const rows = sizes.events * sizes.objects;
  const native = nativeEngine({ threads: sizes.threads, precision });
  const wasm = wasmEngine();
  const blocks = Object.fromEntries(Object.keys(WORK).map((name) => [name, {}]));
  for (const form of ['fused', 'plain', 'wasm'].filter((each) => forms.split(',').includes(each))) {
    await (form === 'wasm' ? wasm : native).start();
    const repeats = form === 'wasm' ? Math.min(3, sizes.repeats) : sizes.repeats;
    for (const [name, work] of Object.entries(WORK)) {
      const times = await measure(name, form === 'fused' ? 'fused' : 'plain', { ...sizes, repeats });
      blocks[name][form] = withRates(times, 2 * work * rows * sizes.width ** 2);
    }
  }
  return { engine: native.label, precision, reference: wasm.label, rows, width: sizes.width, blocks };
}

/** Rates of processor time: of the block alone, and of the block with its gradients, three times as many operations. */
function withRates({ forward, gradient }, flops) {
  const times = {
    forwardMs: forward.clock,
    gradientMs: gradient.clock,
    forwardProcessorMs: forward.processor,
    gradientProcessorMs: gradient.processor,
  };
  if (flops === 0) return times;
  return {
    ...times,
    forwardGigaflopsPerSecond: flops / forward.processor / 1e6,
    gigaflopsPerSecond: (3 * flops) / gradient.processor / 1e6,
  };
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
  const result = { forward: medianTimes(repeats, forward), gradient: medianTimes(repeats, gradient) };
  module.dispose();
  tf.dispose([x, mask]);
  return result;
}

function medianTimes(repeats, work) {
  work();
  const times = Array.from({ length: repeats }, () => {
    const [start, used] = [performance.now(), process.cpuUsage()];
    work();
    const { user, system } = process.cpuUsage(used);
    return { clock: performance.now() - start, processor: (user + system) / 1000 };
  });
  return { clock: median(times.map(({ clock }) => clock)), processor: median(times.map(({ processor }) => processor)) };
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

// Fused blocks beside their plain compositions. As a script, prints the comparison of every block at a few widths.
import '../tfjs.js';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { Module, Rng } from '@unfold-zoo/core';
import {
  GatedAttention,
  GatedFeedForward,
  GruGate,
  LayerNorm,
  Linear,
  linear,
  MaskedAttention,
  type MonotoneCurve,
  monotoneShare,
  monotoneSlope,
} from '@unfold-zoo/core/nn';
import { nativeEngine } from '@unfold-zoo/engine-native';
import { relativeError } from '../engines/relative-error.js';

export interface BlockSize {
  readonly width: number;
  readonly events: number;
  readonly objects: number;
  readonly seed: number;
  /** Whether the first event has no objects at all. */
  readonly emptyEvents?: boolean;
}

/** How far an output or gradient is from that of the plain composition. */
export interface Agreement {
  readonly what: string;
  readonly error: number;
}

interface BlockCase {
  readonly module: Module;
  /** [B, N, D], [B, N] -> [B, N, any]. */
  apply(x: tf.Tensor3D, other: tf.Tensor3D, mask: tf.Tensor2D): tf.Tensor;
}

const gateBias = 0.3;

class Curve extends Module implements MonotoneCurve {
  readonly inputWeight: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable<tf.Rank.R1>;
  readonly outputWeight: tf.Variable<tf.Rank.R2>;

  // Steep units with different centres, as in a schedule: a bias that all share does nothing to the share.
  constructor(units: number, rng: Rng) {
    super();
    const normals = (scale: number) => tf.mul(scale, rng.normalTensor(1, units)) as tf.Tensor2D;
    this.inputWeight = tf.tidy(() => tf.variable(tf.add<tf.Tensor2D>(2, normals(0.5))));
    this.bias = tf.tidy(() => tf.variable(tf.reshape<tf.Rank.R1>(normals(4), [units])));
    this.outputWeight = tf.tidy(() => tf.variable(rng.normalTensor(units, 1)));
  }
}

/** As many times in (0, 1) as there are numbers. */
function timesOf(x: tf.Tensor3D): tf.Tensor1D {
  return tf.reshape(tf.sigmoid(x), [-1]);
}

/** Every block of core that the engine fuses. */
export const blockCases: Readonly<Record<string, (width: number, rng: Rng) => BlockCase>> = {
  Linear: (width, rng) => {
    const module = new Linear({ inputs: width, outputs: width + 7 }, rng);
    return { module, apply: (x) => module.apply(x) };
  },
  'Linear without bias, with GELU': (width, rng) => {
    const module = new Linear({ inputs: width, outputs: 2 * width - 3, bias: false }, rng);
    return { module, apply: (x) => linear(x, module, 'gelu') };
  },
  LayerNorm: (width) => {
    const module = new LayerNorm(width);
    return { module, apply: (x) => module.apply(x) };
  },
  GruGate: (width, rng) => {
    const module = new GruGate({ width, gateBias }, rng);
    return { module, apply: (x, other) => module.apply(other, x) };
  },
  GatedFeedForward: (width, rng) => {
    const module = new GatedFeedForward({ width, expansion: 2, gateBias }, rng);
    return { module, apply: (x) => module.apply(x) };
  },
  'GatedFeedForward with padding': (width, rng) => {
    const module = new GatedFeedForward({ width, expansion: 3, gateBias }, rng);
    return { module, apply: (x, _, mask) => module.apply(x, mask) };
  },
  'MaskedAttention with padding': (width, rng) => {
    const module = new MaskedAttention({ width, heads: 2 }, rng);
    // What comes out in the place of padding is of no use.
    return { module, apply: (x, _, mask) => tf.mul(module.apply(x, mask), tf.expandDims(mask, 2)) };
  },
  'GatedAttention with padding': (width, rng) => {
    const module = new GatedAttention({ width, heads: 4, gateBias }, rng);
    return { module, apply: (x, _, mask) => module.apply(x, mask) };
  },
  'GatedAttention of the first object': (width, rng) => {
    const module = new GatedAttention({ width, heads: 4, gateBias }, rng);
    return { module, apply: (x, _, mask) => module.applyToFirst(x, mask) };
  },
  MonotoneShare: (width, rng) => {
    const module = new Curve(3 * width - 1, rng);
    return { module, apply: (x) => monotoneShare(timesOf(x), module) };
  },
  MonotoneSlope: (width, rng) => {
    const module = new Curve(3 * width - 1, rng);
    return { module, apply: (x) => monotoneSlope(timesOf(x), module) };
  },
  'GatedAttention without padding': (width, rng) => {
    const module = new GatedAttention({ width, heads: 4, gateBias }, rng);
    return { module, apply: (x, _, mask) => module.apply(x, tf.onesLike(mask)) };
  },
};

interface HostInputs {
  readonly x: Float32Array;
  readonly other: Float32Array;
  readonly mask: Float32Array;
}

function hostInputs({ width, events, objects, emptyEvents }: BlockSize, rng: Rng): HostInputs {
  const normals = () => Float32Array.from({ length: events * objects * width }, () => rng.normal());
  // The first object of an event is always there, as the event token is.
  const mask = Float32Array.from({ length: events * objects }, (_, i) => {
    if (emptyEvents && i < objects) return 0;
    return i % objects === 0 || rng.uniform() < 0.6 ? 1 : 0;
  });
  return { x: normals(), other: normals(), mask };
}

/** Parameters away from where they start, so that none is without effect. */
function disturb(module: Module, rng: Rng): void {
  for (const parameter of module.parameters) {
    tf.tidy(() => {
      const noise = tf.reshape(rng.normalTensor(1, parameter.size), parameter.shape);
      parameter.assign(tf.add(parameter, tf.mul(0.05, noise)));
    });
  }
}

/** The output and every gradient of a block, by name, on a backend. */
async function outputAndGradients(name: string, size: BlockSize, backend: string): Promise<Map<string, Float32Array>> {
  await tf.setBackend(backend);
  const rng = new Rng(size.seed);
  const { module, apply } = blockCases[name]!(size.width, rng.fork('parameters'));
  disturb(module, rng.fork('disturb'));
  const host = hostInputs(size, rng.fork('inputs'));
  const shape: [number, number, number] = [size.events, size.objects, size.width];
  const all = new Map<string, Float32Array>();
  tf.tidy(() => {
    const x = tf.variable(tf.tensor3d(host.x.slice(), shape));
    const other = tf.variable(tf.tensor3d(host.other.slice(), shape));
    const mask = tf.tensor2d(host.mask, [size.events, size.objects]);
    const output = apply(x, other, mask);
    const weights = tf.reshape(rng.fork('dy').normalTensor(1, output.size), output.shape);
    const named = new Map([...module.namedParameters(), ['x', x as tf.Variable], ['other', other as tf.Variable]]);
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.mul(apply(x, other, mask), weights)) as tf.Scalar,
      [...named.values()],
    );
    all.set('output', output.dataSync() as Float32Array);
    for (const [path, { name }] of named) if (grads[name]) all.set(path, grads[name].dataSync() as Float32Array);
    x.dispose();
    other.dispose();
  });
  module.dispose();
  return all;
}

/** Compares the fused block of a backend with the plain composition on tfjs's JavaScript backend. */
export async function compareBlock(name: string, size: BlockSize, backend = 'native'): Promise<Agreement[]> {
  const expected = await outputAndGradients(name, size, 'cpu');
  const actual = await outputAndGradients(name, size, backend);
  const text = `${name} ${JSON.stringify(size)}`;
  return [...expected].map(([path, values]) => ({
    what: `${path} of ${text}`,
    error: relativeError(actual.get(path) ?? new Float32Array(), values),
  }));
}

/** The output of a block on the current backend with a number of one's choice in the place of padding. */
export function blockOutput(name: string, padding: number): Float32Array {
  const size = { width: 12, events: 5, objects: 6, seed: 2 };
  const rng = new Rng(size.seed);
  const { module, apply } = blockCases[name]!(size.width, rng.fork('parameters'));
  const { x, mask } = hostInputs(size, rng.fork('inputs'));
  const padded = x.map((value, i) => (mask[Math.floor(i / size.width)] === 0 ? padding : value));
  const shape: [number, number, number] = [size.events, size.objects, size.width];
  let output = new Float32Array();
  tf.tidy(() => {
    const tensor = tf.tensor3d(padded, shape);
    output = apply(tensor, tensor, tf.tensor2d(mask, [size.events, size.objects])).dataSync() as typeof output;
  });
  module.dispose();
  return output;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await nativeEngine({ threads: 2 }).start();
  const results: Agreement[] = [];
  for (const name of Object.keys(blockCases)) {
    for (const width of [4, 20, 52]) {
      results.push(...(await compareBlock(name, { width, events: 12, objects: 9, seed: width })));
    }
  }
  console.log(JSON.stringify(results));
}

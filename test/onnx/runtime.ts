import * as tf from '@tensorflow/tfjs-core';
import { type HostEvents, Rng } from '@unfold-zoo/core';
import { type EventScaling, logEnergyLimit, unscalePartons } from '@unfold-zoo/core/events';
import { partonMomenta } from '@unfold-zoo/data';
import { encodeOnnx, type RecordedGraph } from '@unfold-zoo/onnx';
import { env, InferenceSession, Tensor } from 'onnxruntime-web';

// Its threads would outlive the tests.
env.wasm.numThreads = 1;

/** Numbers with their shape. */
export interface Numbers {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Computes one output of the bytes of a model again and again. */
export async function graphRunner(bytes: Uint8Array, output: string) {
  const session = await InferenceSession.create(bytes);
  return async (inputs: Readonly<Record<string, Numbers>>): Promise<Float32Array> => {
    const wanted = Object.entries(inputs).filter(([name]) => session.inputNames.includes(name));
    const feeds = wanted.map(([name, { values, shape }]) => [name, new Tensor('float32', values, shape)]);
    return (await session.run(Object.fromEntries(feeds)))[output]!.data as Float32Array;
  };
}

/** What ONNX Runtime computes of the bytes of a model. */
export async function runOnnx(
  bytes: Uint8Array,
  inputs: Readonly<Record<string, Numbers>>,
): Promise<Record<string, Float32Array>> {
  const session = await InferenceSession.create(bytes);
  const wanted = Object.entries(inputs).filter(([name]) => session.inputNames.includes(name));
  const feeds = wanted.map(([name, { values, shape }]) => [name, new Tensor('float32', values, shape)]);
  const outputs = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]));
}

/** The same of a recorded graph. */
export function runGraph(
  { graph, batch }: RecordedGraph,
  inputs: Readonly<Record<string, Numbers>>,
): Promise<Record<string, Float32Array>> {
  return runOnnx(encodeOnnx(graph, batch, { version: '0', description: 'of a test' }), inputs);
}

/** The inputs that a graph has of events. */
export function observedNumbers({ size, inputs }: HostEvents): Record<string, Numbers> {
  const entries = Object.entries(inputs).flatMap(([name, { features, mask }]): [string, Numbers][] => {
    const capacity = mask.length / size;
    return [
      [name, { values: features, shape: [size, capacity, features.length / mask.length] }],
      [`${name}_mask`, { values: mask, shape: [size, capacity] }],
    ];
  });
  return Object.fromEntries(entries);
}

/** A stream that remembers the numbers that tensors were drawn of, as the inputs `noise` and `uniform` have them. */
export class RememberingRng extends Rng {
  readonly #normal: Drawn[] = [];
  readonly #uniform: Drawn[] = [];

  override normalTensor(rows: number, columns: number): tf.Tensor2D {
    const drawn = super.normalTensor(rows, columns);
    this.#normal.push({ columns, values: drawn.dataSync() as Float32Array });
    return drawn;
  }

  override uniformTensor(size: number): tf.Tensor1D {
    const drawn = super.uniformTensor(size);
    this.#uniform.push({ columns: 1, values: drawn.dataSync() as Float32Array });
    return drawn;
  }

  /** [rows, all columns]. */
  noise(rows: number): Numbers {
    return sideBySide(this.#normal, rows);
  }

  /** [rows, all columns]. */
  uniforms(rows: number): Numbers {
    return sideBySide(this.#uniform, rows);
  }
}

interface Drawn {
  readonly columns: number;
  readonly values: Float32Array;
}

function sideBySide(drawn: readonly Drawn[], rows: number): Numbers {
  const columns = drawn.reduce((sum, each) => sum + each.columns, 0);
  const row = (index: number) =>
    drawn.flatMap((each) => [...each.values.slice(index * each.columns, (index + 1) * each.columns)]);
  return { values: Float32Array.from(Array.from({ length: rows }, (_, i) => row(i)).flat()), shape: [rows, columns] };
}

/** Draws of a model [B, W] as momenta [B, particles, 5] in GeV, on the host. */
export function hostMomenta(drawn: tf.Tensor2D, scaling: EventScaling, events: HostEvents): Float32Array {
  const partons = unscalePartons(scaling, drawn.dataSync() as Float32Array, events);
  const limit = logEnergyLimit(scaling);
  const { massShell = 'learned' } = scaling.representation ?? {};
  if (massShell === 'learned')
    return partonMomenta(partons.map((value, i) => (i % 5 === 1 ? Math.min(value, limit) : value)));
  const width = partons.length / events.size;
  for (let row = 0; row < partons.length; row += width) {
    const event = partons.subarray(row, row + width);
    const excess = Math.max(0, ...event.filter((_, i) => i % 5 === 1).map((logEnergy) => logEnergy - limit));
    for (const [i, value] of event.entries()) event[i] = i % 5 === 1 ? value - excess : value * Math.exp(-excess);
  }
  return partonMomenta(partons);
}

/** The largest difference, in units of the largest number of each group of neighbours. */
export function relativeDifference(got: Float32Array, wanted: Float32Array, group: number): number {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let start = 0; start < wanted.length; start += group) {
    const size = Math.max(...wanted.subarray(start, start + group).map(Math.abs));
    for (let i = start; i < start + group; i++) {
      const difference = Math.abs(got[i]! - wanted[i]!) / size;
      if (!(difference <= worst)) worst = difference;
    }
  }
  return worst;
}

/** Adds noise to every weight that is trained, so that none is at a value which hides it, such as a bias of 0. */
export function perturb(model: { namedParameters(): Iterable<[string, tf.Variable]> }): void {
  const rng = new Rng(3);
  for (const [name, parameter] of model.namedParameters()) {
    if (!parameter.trainable) continue;
    tf.tidy(() => {
      const noise = tf.reshape(rng.fork(name).normalTensor(parameter.size, 1), parameter.shape);
      parameter.assign(tf.add(parameter, tf.mul(0.05, noise)));
    });
  }
}

import { totalmem } from 'node:os';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type * as tf from '@tensorflow/tfjs-core';
import type { Addon } from './addon.js';
import { ArrayPool } from './array-pool.js';
import { sizeOf } from './size-of.js';
import type { Recording } from './steps/recording.js';

/** The backend's name in tfjs. */
export const BACKEND = 'native';

/** What the fused blocks keep for their gradients: what is quickest, or nothing but their inputs. */
export type MemoryUse = 'fast' | 'low';

type Values = tf.backend_util.BackendValues;

/** A tensor's data; `pooled` if its array goes back to the pool. */
interface Entry {
  values?: Values;
  pooled?: true;
  /** The epoch in which it was asked of the addon. */
  asked?: number;
}

/** A new tensor and the array to write it to. */
export interface NewTensor {
  readonly info: tf.TensorInfo;
  readonly values: Float32Array;
}

/** Arrays that may wait for `finish` to be let go of. */
const MOST_HELD = 1000;

/**
 * tfjs's JavaScript backend with arrays from a pool. Kernels that are not overridden run as they do there, on the same
 * arrays, so every op and every gradient works.
 *
 * With more than one thread the addon computes behind JavaScript's back: an array that it writes to may be handed to it
 * again at once, because it does one thing after another, but is not to be read or written here before `finish`.
 */
export class NativeBackend extends MathBackendCPU {
  readonly memoryUse: MemoryUse;
  readonly pool: ArrayPool;
  /** Counts how often everything was computed; results asked for in an earlier epoch are there. */
  #epoch = 0;
  #isBehind = false;
  /** Arrays of no tensor any more, nor of the pool, that the addon may yet read or write. */
  readonly #held: Values[] = [];
  readonly #addon: Addon;
  #recording: Recording | undefined;

  constructor(addon: Addon, memoryUse: MemoryUse) {
    super();
    this.#addon = addon;
    this.memoryUse = memoryUse;
    const constrained = process.constrainedMemory();
    const memory = Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY);
    this.pool = new ArrayPool(memory / 2, () => this.#finish());
  }

  /** The compiled part; what kernels ask of it is written down while a step is recorded. */
  get addon(): Addon {
    return this.#recording?.addon ?? this.#addon;
  }

  /** Has what is computed from now on written down, or no longer. */
  record(recording: Recording | undefined): void {
    this.#recording = recording;
  }

  /** The array of a tensor, if there is one. */
  arrayOf(dataId: object): Values | undefined {
    return this.data.has(dataId) ? this.#entry(dataId).values : undefined;
  }

  /** A float32 tensor for the addon to write to. */
  output(shape: readonly number[]): NewTensor {
    const values = this.pool.take(sizeOf(shape));
    this.#recording?.took(values);
    const info = this.makeTensorInfo([...shape], 'float32', values);
    this.#ask(info).pooled = true;
    return { info, values };
  }

  /** A bool tensor for the addon to write to. */
  flags(shape: readonly number[]): { readonly info: tf.TensorInfo; readonly values: Uint8Array } {
    return this.#made(shape, 'bool', new Uint8Array(sizeOf(shape)));
  }

  /** An int32 tensor for the addon to write to. */
  integers(shape: readonly number[]): { readonly info: tf.TensorInfo; readonly values: Int32Array } {
    return this.#made(shape, 'int32', new Int32Array(sizeOf(shape)));
  }

  #made<Made extends Uint8Array | Int32Array>(shape: readonly number[], dtype: tf.DataType, values: Made) {
    this.#recording?.made(values);
    const info = this.makeTensorInfo([...shape], dtype, values);
    this.#ask(info);
    return { info, values };
  }

  #ask({ dataId }: tf.TensorInfo): Entry {
    const entry = this.#entry(dataId);
    entry.asked = this.#epoch;
    this.fallsBehind();
    return entry;
  }

  /** The addon was asked for something. */
  fallsBehind(): void {
    this.#isBehind = true;
  }

  /** The array of a float32 tensor, for the addon. */
  floats(tensor: tf.TensorInfo): Float32Array {
    return this.valuesOf(tensor) as Float32Array;
  }

  /** The array of a tensor, for the addon. */
  valuesOf({ dataId }: tf.TensorInfo): Values {
    const values = this.#entry(dataId).values!;
    this.#recording?.sees(dataId, values);
    return values;
  }

  /** The array of a tensor with its numbers in it, for the addon. */
  computed(tensor: tf.TensorInfo): Values {
    const entry = this.#entry(tensor.dataId);
    if (entry.asked !== undefined) this.#recording?.awaits();
    this.#await(entry);
    return this.valuesOf(tensor);
  }

  override write(values: Values, shape: number[], dtype: tf.DataType): object {
    this.#recording?.wrote(values);
    return super.write(values, shape, dtype);
  }

  /** Waits until the addon has computed everything, for JavaScript to look at it. */
  finish(): void {
    this.#recording?.refuse();
    this.#finish();
  }

  #finish(): void {
    if (!this.#isBehind) return;
    this.#addon.finish();
    this.#isBehind = false;
    this.#epoch++;
    this.#held.length = 0;
  }

  #await({ asked }: Entry): void {
    if (asked === this.#epoch) this.#finish();
  }

  /** Gives a tensor an array of its own if a kernel made it look into that of another, which may be reused. */
  separate({ dataId }: tf.TensorInfo): void {
    const entry = this.#entry(dataId);
    if (entry.pooled || !ArrayBuffer.isView(entry.values) || !this.pool.owns(entry.values)) return;
    entry.values = (entry.values as Float32Array).slice();
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.data.has(dataId) ? this.#entry(dataId) : undefined;
    const disposed = super.disposeData(dataId, force);
    if (disposed && entry?.values) this.#letGo(entry);
    return disposed;
  }

  #letGo({ values, pooled }: Entry): void {
    if (pooled) this.#giveBack(values as Float32Array);
    else if (this.#isBehind) this.#held.push(values!);
    if (this.#held.length > MOST_HELD) this.#finish();
  }

  #giveBack(values: Float32Array): void {
    this.#recording?.gave(values);
    this.pool.give(values);
  }

  /** A copy: the live array is reused once the tensor is disposed of. */
  override readSync(dataId: object): Values {
    this.#recording?.refuse();
    this.#await(this.#entry(dataId));
    const values = super.readSync(dataId);
    return this.#entry(dataId).pooled ? (values as Float32Array).slice() : values;
  }

  override async read(dataId: object): Promise<Values> {
    return this.readSync(dataId);
  }

  override async time(work: () => void): Promise<tf.BackendTimingInfo> {
    this.finish();
    return super.time(() => {
      work();
      this.finish();
    });
  }

  override dispose(): void {
    this.pool.clear();
  }

  #entry(dataId: object): Entry {
    return this.data.get(dataId) as Entry;
  }
}

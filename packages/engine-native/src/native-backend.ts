import { totalmem } from 'node:os';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type * as tf from '@tensorflow/tfjs-core';
import type { Addon } from './addon.js';
import { ArrayPool } from './array-pool.js';
import { sizeOf } from './size-of.js';

/** The backend's name in tfjs. */
export const BACKEND = 'native';

/** What the fused blocks keep for their gradients: what is quickest, or nothing but their inputs. */
export type MemoryUse = 'fast' | 'low';

type Values = tf.backend_util.BackendValues;

/** A tensor's data; `pooled` if its array goes back to the pool. */
interface Entry {
  values?: Values;
  pooled?: true;
}

/** A new tensor and the array to write it to. */
export interface Output {
  readonly info: tf.TensorInfo;
  readonly values: Float32Array;
}

/**
 * tfjs's JavaScript backend with arrays from a pool. Kernels that are not overridden run as they do there, on the same
 * arrays, so every op and every gradient works.
 */
export class NativeBackend extends MathBackendCPU {
  readonly addon: Addon;
  readonly memoryUse: MemoryUse;
  readonly pool: ArrayPool;

  constructor(addon: Addon, memoryUse: MemoryUse) {
    super();
    this.addon = addon;
    this.memoryUse = memoryUse;
    const constrained = process.constrainedMemory();
    this.pool = new ArrayPool(Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY) / 2);
  }

  /** A float32 tensor of any value. */
  output(shape: readonly number[]): Output {
    const values = this.pool.take(sizeOf(shape));
    const info = this.makeTensorInfo([...shape], 'float32', values);
    this.#entry(info.dataId).pooled = true;
    return { info, values };
  }

  /** The live array of a float32 tensor. */
  floats({ dataId }: tf.TensorInfo): Float32Array {
    return this.#entry(dataId).values as Float32Array;
  }

  /** The live array of a tensor. */
  valuesOf({ dataId }: tf.TensorInfo): Values {
    return this.#entry(dataId).values!;
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
    if (disposed && entry?.pooled) this.pool.give(entry.values as Float32Array);
    return disposed;
  }

  /** A copy: the live array is reused once the tensor is disposed of. */
  override readSync(dataId: object): Values {
    const values = super.readSync(dataId);
    return this.#entry(dataId).pooled ? (values as Float32Array).slice() : values;
  }

  override async read(dataId: object): Promise<Values> {
    return this.readSync(dataId);
  }

  override dispose(): void {
    this.pool.clear();
  }

  #entry(dataId: object): Entry {
    return this.data.get(dataId) as Entry;
  }
}

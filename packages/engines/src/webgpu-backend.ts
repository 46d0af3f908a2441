import type * as tf from '@tensorflow/tfjs-core';
import { UserError } from '@unfold-zoo/core';
import { DawnEvents } from './dawn-events.js';
import type { BackendPackage, DawnGpu, DawnPackage, GpuAdapter, GpuBuffer, GpuDevice } from './webgpu/device.js';
import { Downloads } from './webgpu/downloads.js';
import { Expressions } from './webgpu/expressions.js';
import { type LazyBackend, registerLazyKernels } from './webgpu/lazy-kernels.js';

const events = new DawnEvents();

/**
 * Makes what Dawn's classes are called known to tfjs, and every read from the GPU one that can be waited for without
 * `await`.
 */
export function installGlobals({ globals }: DawnPackage): void {
  if ('GPUBuffer' in globalThis) return;
  Object.assign(globalThis, globals);
  const { prototype } = globals.GPUBuffer;
  const { mapAsync } = prototype;
  prototype.mapAsync = function (this: GpuBuffer, ...given) {
    return events.run(() => mapAsync.apply(this, given));
  };
}

/** Opens an adapter's device with these limits. */
export function requestDevice(
  adapter: GpuAdapter,
  requiredLimits: Readonly<Record<string, number>>,
): Promise<GpuDevice> {
  return events.run(() => adapter.requestDevice({ requiredLimits }));
}

/**
 * tfjs's backend on a device, with other reads. Tensors that are read in one turn, as the gradients of a step are, are
 * waited for once, not one by one. A synchronous read lets Dawn work until the values are there; tfjs's goes through a
 * browser's canvas, which Node has not. What the GPU refused, or that it is lost, is an error of the next read: without
 * that a computation would go on with zeros. Arithmetic is put off until its results are read, by any program or by the
 * host, and then computed in one program.
 */
export function webGpuBackend(
  { WebGPUBackend }: BackendPackage,
  { globals }: DawnPackage,
  { device, adapter, gpu }: { readonly device: GpuDevice; readonly adapter: GpuAdapter; readonly gpu: DawnGpu },
): tf.KernelBackend {
  const { GPUBufferUsage, GPUMapMode } = globals;
  const failure = failureOf(device);

  class Backend extends WebGPUBackend implements LazyBackend {
    readonly expressions = new Expressions(this);
    readonly #downloads = new Downloads(this, {
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
      mode: GPUMapMode.READ,
    });

    override async getBufferData(buffer: GpuBuffer): Promise<ArrayBuffer> {
      return this.#downloads.read(buffer) ?? super.getBufferData(buffer);
    }

    override uploadToGPU(dataId: tf.DataId): void {
      this.expressions.compute(dataId);
      super.uploadToGPU(dataId);
    }

    override readToGPU(dataId: tf.DataId): tf.GPUData {
      this.expressions.compute(dataId);
      return super.readToGPU(dataId);
    }

    override shouldExecuteOnCPU(operands: readonly tf.TensorInfo[], size?: number): boolean {
      const isHere = operands.every(({ dataId }) => !this.expressions.isPending(dataId));
      return isHere && super.shouldExecuteOnCPU(operands, size);
    }

    override disposeData(dataId: tf.DataId, force?: boolean): boolean {
      const isGone = super.disposeData(dataId, force);
      if (isGone) this.expressions.drop(dataId);
      return isGone;
    }

    override async read(dataId: tf.DataId): Promise<tf.backend_util.BackendValues> {
      this.expressions.compute(dataId);
      const values = await super.read(dataId);
      failure.check();
      return values;
    }

    override readSync(dataId: tf.DataId): tf.backend_util.BackendValues {
      this.expressions.compute(dataId);
      const { values, resource, dtype } = this.tensorMap.get(dataId);
      if (values || !resource) return super.readSync(dataId);
      const bytes = this.#download(resource);
      failure.check();
      const read = dtype === 'float32' ? new Float32Array(bytes) : new Int32Array(bytes);
      return this.convertAndCacheOnCPU(dataId, dtype === 'bool' ? Uint8Array.from(read) : read);
    }

    #download(buffer: GpuBuffer): ArrayBuffer {
      const staging = this.bufferManager.acquireBuffer(buffer.size, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ);
      this.ensureCommandEncoderReady();
      this.endComputePassEncoder();
      this.commandEncoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
      this.submitQueue();
      waitForMapping(staging, GPUMapMode.READ, failure);
      const bytes = staging.getMappedRange().slice(0);
      staging.unmap();
      this.bufferManager.releaseBuffer(staging);
      return bytes;
    }
  }

  registerLazyKernels();
  return whileNavigatorHas(gpu, () => new Backend(device, adapter.info));
}

function waitForMapping(buffer: GpuBuffer, mode: number, failure: Failure): void {
  buffer.mapAsync(mode).catch(() => {});
  events.waitWhile(() => buffer.mapState === 'pending');
  if (buffer.mapState === 'mapped') return;
  failure.check();
  throw new Error('the GPU did not hand over the values of a tensor');
}

interface Failure {
  /** Throws what the device reported, if it did. */
  check(): void;
}

function failureOf(device: GpuDevice): Failure {
  let failed: string | undefined;
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    failed ??= event.error.message;
  });
  void device.lost.then(({ reason, message }) => {
    if (reason !== 'destroyed') failed ??= `the device was lost: ${message}`;
  });
  return {
    check: () => {
      if (failed !== undefined) throw new UserError(`failed GPU: ${failed.trim()}; a smaller batch needs less memory`);
    },
  };
}

// tfjs asks for `navigator.gpu` when a backend is made. Left there, it would keep the process from ending.
function whileNavigatorHas<T>(gpu: DawnGpu, make: () => T): T {
  const scope = globalThis as { navigator?: { gpu?: DawnGpu } };
  const { navigator } = scope;
  if (navigator) Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  else Object.defineProperty(scope, 'navigator', { value: { gpu }, configurable: true });
  try {
    return make();
  } finally {
    if (navigator) delete navigator.gpu;
    else delete scope.navigator;
  }
}

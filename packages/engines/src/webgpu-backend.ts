import type * as tf from '@tensorflow/tfjs-core';
import { UserError } from '@unfold-zoo/core';
import { DawnEvents } from './dawn-events.js';

/** The parts of WebGPU (https://www.w3.org/TR/webgpu) that are used here. */
export interface GpuBuffer {
  readonly size: number;
  readonly mapState: 'unmapped' | 'pending' | 'mapped';
  mapAsync(mode: number): Promise<void>;
  getMappedRange(): ArrayBuffer;
  unmap(): void;
}

export interface GpuAdapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    /** Software. */
    readonly isFallbackAdapter?: boolean;
  };
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: { readonly requiredLimits: Readonly<Record<string, number>> }): Promise<GpuDevice>;
}

export interface GpuDevice {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(type: 'uncapturederror', listener: (event: GpuErrorEvent) => void): void;
  createShaderModule(descriptor: { readonly code: string; readonly label: string }): object;
  createComputePipeline(descriptor: {
    readonly compute: { readonly module: object; readonly entryPoint: string };
    readonly label: string;
    readonly layout: 'auto';
  }): GpuPipeline;
  createBindGroup(descriptor: {
    readonly layout: object;
    readonly entries: readonly { readonly binding: number; readonly resource: GpuBinding }[];
  }): object;
  destroy(): void;
}

export interface GpuPipeline {
  getBindGroupLayout(group: number): object;
}

interface GpuBinding {
  readonly buffer: GpuBuffer;
}

interface GpuPass {
  setPipeline(pipeline: GpuPipeline): void;
  setBindGroup(index: number, group: object): void;
  dispatchWorkgroups(x: number, y: number, z: number): void;
}

interface GpuErrorEvent {
  readonly error: { readonly message: string };
  preventDefault(): void;
}

export interface DawnGpu {
  requestAdapter(options: { readonly powerPreference: string }): Promise<GpuAdapter | null>;
}

/** What `webgpu`, Dawn for Node, exports. */
export interface DawnPackage {
  create(options: readonly string[]): DawnGpu;
  readonly globals: Readonly<Record<string, unknown>> & {
    readonly GPUBuffer: { readonly prototype: GpuBuffer };
    readonly GPUBufferUsage: Readonly<Record<'COPY_DST' | 'MAP_READ', number>>;
    readonly GPUMapMode: Readonly<Record<'READ', number>>;
  };
}

/** What `@tensorflow/tfjs-backend-webgpu` exports. */
export interface BackendPackage {
  readonly WebGPUBackend: new (device: GpuDevice, info: GpuAdapter['info']) => WebGpuBackend;
}

/** The inside of tfjs's WebGPU backend, as far as reading a tensor and running a program goes. */
export interface WebGpuBackend extends tf.KernelBackend {
  readonly device: GpuDevice;
  readonly bufferManager: {
    acquireBuffer(size: number, usage: number): GpuBuffer;
    releaseBuffer(buffer: GpuBuffer): void;
  };
  readonly tensorMap: {
    get(dataId: tf.DataId): { readonly values: unknown; readonly resource?: GpuBuffer; readonly dtype: tf.DataType };
  };
  readonly commandEncoder: {
    copyBufferToBuffer(from: GpuBuffer, fromAt: number, to: GpuBuffer, toAt: number, size: number): void;
    beginComputePass(descriptor: object): GpuPass;
  };
  /** That of the pass under way. */
  computePassEncoder: GpuPass | null;
  dispatchCountInPass: number;
  /** Data that the commands not yet submitted use. */
  readonly commandQueueOwnedIds: WeakSet<object>;
  uploadToGPU(dataId: tf.DataId): void;
  makeUniforms(values: readonly { readonly type: 'uint32'; readonly data: readonly number[] }[]): GpuBinding;
  makeTensorInfo(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  convertAndCacheOnCPU(dataId: tf.DataId, values: tf.backend_util.BackendValues): tf.backend_util.BackendValues;
  read(dataId: tf.DataId): Promise<tf.backend_util.BackendValues>;
  readSync(dataId: tf.DataId): tf.backend_util.BackendValues;
}

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
 * tfjs's backend on a device. That one reads synchronously through a browser's canvas, which Node has not; this one
 * lets Dawn work until the values are there. What the GPU refused, or that it is lost, is an error of the next read:
 * without that a computation would go on with zeros.
 */
export function webGpuBackend(
  { WebGPUBackend }: BackendPackage,
  { globals }: DawnPackage,
  { device, adapter, gpu }: { readonly device: GpuDevice; readonly adapter: GpuAdapter; readonly gpu: DawnGpu },
): tf.KernelBackend {
  const { GPUBufferUsage, GPUMapMode } = globals;
  const failure = failureOf(device);

  class Backend extends WebGPUBackend {
    override async read(dataId: tf.DataId): Promise<tf.backend_util.BackendValues> {
      const values = await super.read(dataId);
      failure.check();
      return values;
    }

    override readSync(dataId: tf.DataId): tf.backend_util.BackendValues {
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

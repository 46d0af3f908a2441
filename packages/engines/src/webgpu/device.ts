import type * as tf from '@tensorflow/tfjs-core';

/** The parts of WebGPU (https://www.w3.org/TR/webgpu) that are used here. */
export interface GpuBuffer {
  readonly size: number;
  readonly mapState: 'unmapped' | 'pending' | 'mapped';
  mapAsync(mode: number, offset?: number, size?: number): Promise<void>;
  getMappedRange(offset?: number, size?: number): ArrayBuffer;
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
  readToGPU(dataId: tf.DataId): tf.GPUData;
  /** Whether operands are so small, and on the host, that it computes with them. */
  shouldExecuteOnCPU(operands: readonly tf.TensorInfo[], size?: number): boolean;
  makeUniforms(
    values: readonly { readonly type: 'uint32' | 'float32'; readonly data: readonly number[] }[],
  ): GpuBinding;
  makeTensorInfo(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  convertAndCacheOnCPU(dataId: tf.DataId, values: tf.backend_util.BackendValues): tf.backend_util.BackendValues;
  /** What a buffer holds once the commands up to now are done. */
  getBufferData(buffer: GpuBuffer): Promise<ArrayBuffer>;
  read(dataId: tf.DataId): Promise<tf.backend_util.BackendValues>;
  readSync(dataId: tf.DataId): tf.backend_util.BackendValues;
}

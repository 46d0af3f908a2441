import type { GpuBuffer, WebGpuBackend } from './device.js';

/** Buffers up to this size are read together, in bytes. */
const LARGEST = 2 ** 23;

/** Copies of buffers that arrive together. */
interface Download {
  readonly staging: GpuBuffer;
  /** Bytes. */
  used: number;
  readonly arrived: Promise<ArrayBuffer>;
}

/** Reads from the GPU: what is asked for in one turn is submitted, and waited for, once. */
export class Downloads {
  readonly #backend: WebGpuBackend;
  readonly #usage: number;
  readonly #mode: number;
  #open: Download | undefined;

  constructor(backend: WebGpuBackend, { usage, mode }: { readonly usage: number; readonly mode: number }) {
    this.#backend = backend;
    this.#usage = usage;
    this.#mode = mode;
  }

  /** What a buffer holds when the commands up to now are done; undefined for one that is too large to share. */
  read(buffer: GpuBuffer): Promise<ArrayBuffer> | undefined {
    const { size } = buffer;
    if (size > LARGEST) return undefined;
    if (!this.#open || this.#open.used + size > LARGEST) this.#open = this.#start();
    const { staging, used, arrived } = this.#open;
    this.#open.used += size;
    this.#backend.ensureCommandEncoderReady();
    this.#backend.endComputePassEncoder();
    this.#backend.commandEncoder.copyBufferToBuffer(buffer, 0, staging, used, size);
    return arrived.then((bytes) => bytes.slice(used, used + size));
  }

  #start(): Download {
    const staging = this.#backend.bufferManager.acquireBuffer(LARGEST, this.#usage);
    const download: Download = { staging, used: 0, arrived: Promise.resolve().then(() => this.#finish(download)) };
    return download;
  }

  async #finish(download: Download): Promise<ArrayBuffer> {
    const { staging, used } = download;
    if (this.#open === download) this.#open = undefined;
    this.#backend.ensureCommandEncoderReady();
    this.#backend.endComputePassEncoder();
    this.#backend.submitQueue();
    await staging.mapAsync(this.#mode, 0, used);
    const bytes = staging.getMappedRange(0, used).slice(0);
    staging.unmap();
    this.#backend.bufferManager.releaseBuffer(staging);
    return bytes;
  }
}

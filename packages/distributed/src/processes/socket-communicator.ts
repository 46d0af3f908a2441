import type { Communicator } from '@unfold-zoo/core';
import type { Peer } from './mesh.js';

/** Numbers that are reduced in their own precision; sums are in float64. */
type Numbers = Float32Array | Float64Array;

/** Up to so many bytes everyone sends everything to everyone: one exchange is quicker than two. */
const SMALL_BYTES = 2 ** 15;

/** How a collective fails that somebody does not take part in for too long. */
export class WorkerSilent extends Error {
  override readonly name = 'WorkerSilent';
}

/** The collectives of workers that are connected with each other. */
export class SocketCollectives {
  readonly #rank: number;
  readonly #peers: readonly Peer[];
  readonly #timeoutSeconds: number;
  /** One after the other, all gradients of this worker. */
  #flat = new Float32Array(0);
  /** What the others sent, one chunk of each after the other. */
  #received = new ArrayBuffer(0);

  constructor(rank: number, peers: readonly Peer[], timeoutSeconds: number) {
    this.#rank = rank;
    this.#peers = peers;
    this.#timeoutSeconds = timeoutSeconds;
  }

  get world(): number {
    return this.#peers.length + 1;
  }

  /** As in `Communicator`. */
  async allReduceMean(gradients: Parameters<Communicator['allReduceMean']>[0]): Promise<void> {
    const length = gradients.reduce((sum, gradient) => sum + gradient.length, 0);
    if (this.#flat.length !== length) this.#flat = new Float32Array(length);
    let offset = 0;
    for (const gradient of gradients) {
      this.#flat.set(gradient, offset);
      offset += gradient.length;
    }
    await this.#allReduce(this.#flat, 1 / this.world);
    offset = 0;
    for (const gradient of gradients) {
      gradient.set(this.#flat.subarray(offset, offset + gradient.length));
      offset += gradient.length;
    }
  }

  /** As in `Communicator`. */
  async allReduceSum(values: Float64Array): Promise<void> {
    await this.#allReduce(values, 1);
  }

  /** As in `Communicator`. */
  async broadcast(bytes: Uint8Array): Promise<void> {
    if (this.#rank === 0)
      await this.#exchange(
        this.#peers.map((peer) => peer.outbox.send(bytes)),
        [],
      );
    else await this.#exchange([], [this.#receive(this.#peers[0]!, bytes)]);
  }

  /** Leaves. What was sent arrives all the same. */
  close(): void {
    for (const { inbox, outbox } of this.#peers) {
      inbox.close();
      outbox.close();
    }
  }

  async #allReduce(values: Numbers, scale: number): Promise<void> {
    if (values.byteLength <= SMALL_BYTES) return this.#reduceWhole(values, scale);
    const chunks = this.#chunks(values);
    await this.#reduceOwnChunk(chunks, scale);
    await this.#gather(chunks);
  }

  // Every worker adds up everything itself.
  async #reduceWhole(values: Numbers, scale: number): Promise<void> {
    const own = values.slice();
    const parts = this.#parts(own);
    await this.#exchange(
      this.#peers.map(({ outbox }) => outbox.send(bytesOf(own))),
      this.#peers.map((peer) => this.#receive(peer, bytesOf(parts[peer.rank]!))),
    );
    addInOrder(parts, values, scale);
  }

  // Reduce-scatter: the worker of a chunk gets it from all the others and adds them up in the order of the ranks, so
  // that the sum has the same bits as if another had done it.
  async #reduceOwnChunk(chunks: readonly Numbers[], scale: number): Promise<void> {
    const own = chunks[this.#rank]!;
    const parts = this.#parts(own);
    await this.#exchange(
      this.#peers.map(({ rank, outbox }) => outbox.send(bytesOf(chunks[rank]!))),
      this.#peers.map((peer) => this.#receive(peer, bytesOf(parts[peer.rank]!))),
    );
    addInOrder(parts, own, scale);
  }

  // All-gather: everyone sends the others its sum.
  async #gather(chunks: readonly Numbers[]): Promise<void> {
    await this.#exchange(
      this.#peers.map(({ outbox }) => outbox.send(bytesOf(chunks[this.#rank]!))),
      this.#peers.map((peer) => this.#receive(peer, bytesOf(chunks[peer.rank]!))),
    );
  }

  // A chunk for each worker.
  #chunks<T extends Numbers>(values: T): T[] {
    const size = Math.ceil(values.length / this.world);
    return Array.from({ length: this.world }, (_, i) => values.subarray(i * size, (i + 1) * size) as T);
  }

  // By rank: this worker's own numbers, and memory for as many of each other.
  #parts(own: Numbers): Numbers[] {
    const bytes = this.#peers.length * own.byteLength;
    if (this.#received.byteLength < bytes) this.#received = new ArrayBuffer(bytes);
    const kind = own.constructor as Float64ArrayConstructor;
    return Array.from({ length: this.world }, (_, rank) => {
      if (rank === this.#rank) return own;
      const place = rank < this.#rank ? rank : rank - 1;
      return new kind(this.#received, place * own.byteLength, own.length);
    });
  }

  async #receive({ rank, inbox }: Peer, into: Uint8Array): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new WorkerSilent(`worker ${rank} has been silent for ${this.#timeoutSeconds} s`)),
        1000 * this.#timeoutSeconds,
      );
    });
    try {
      await Promise.race([inbox.receive(into), silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  // What is sent may change again only when the system has taken it all.
  async #exchange(sent: readonly Promise<void>[], received: readonly Promise<void>[]): Promise<void> {
    await Promise.all(received);
    await Promise.all(sent);
  }
}

function bytesOf(values: Numbers): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Writes `scale` times the sum of the parts, which may include `into` itself. */
function addInOrder(parts: readonly Numbers[], into: Numbers, scale: number): void {
  const [first, second, ...others] = parts as [Numbers, Numbers, ...Numbers[]];
  if (others.length === 0) {
    for (let i = 0; i < into.length; i++) into[i] = scale * (first[i]! + second[i]!);
    return;
  }
  const sums = new Float64Array(SUM_BLOCK);
  for (let start = 0; start < into.length; start += SUM_BLOCK) {
    const size = Math.min(SUM_BLOCK, into.length - start);
    sums.fill(0);
    for (const part of parts) for (let i = 0; i < size; i++) sums[i]! += part[start + i]!;
    for (let i = 0; i < size; i++) into[start + i] = scale * sums[i]!;
  }
}

/** Numbers added up at once: they stay in the processor's fastest cache. */
const SUM_BLOCK = 1024;

import { bytesOf } from '@unfold-zoo/core/files';
import type { Peer } from './mesh.js';

/** How a collective fails that somebody does not take part in for too long. */
export class WorkerSilent extends Error {
  override readonly name = 'WorkerSilent';
}

/** The collectives of workers that are connected with each other. */
export class SocketCollectives {
  readonly #rank: number;
  readonly #peers: readonly Peer[];
  readonly #timeoutSeconds: number;
  /** What the others sent, one chunk of each after the other. */
  #received = new Float32Array(0);

  constructor(rank: number, peers: readonly Peer[], timeoutSeconds: number) {
    this.#rank = rank;
    this.#peers = peers;
    this.#timeoutSeconds = timeoutSeconds;
  }

  get world(): number {
    return this.#peers.length + 1;
  }

  /** As in `Communicator`. */
  allReduceSum(values: Float32Array | Float64Array): Promise<void> {
    return values instanceof Float32Array ? this.#sumInChunks(values) : this.#sumAtOnce(values);
  }

  // Everyone sends everything to everyone, which for a few values is the quickest.
  async #sumAtOnce(values: Float64Array): Promise<void> {
    const own = values.slice();
    const parts = Array.from({ length: this.world }, (_, rank) =>
      rank === this.#rank ? own : new Float64Array(values.length),
    );
    await this.#exchange(
      this.#peers.map(({ outbox }) => outbox.send(bytesOf(own))),
      this.#peers.map((peer) => this.#receive(peer, bytesOf(parts[peer.rank]!))),
    );
    values.fill(0);
    for (const part of parts) for (let i = 0; i < values.length; i++) values[i]! += part[i]!;
  }

  async #sumInChunks(values: Float32Array): Promise<void> {
    const chunks = this.#chunks(values);
    await this.#sumOwnChunk(chunks);
    await this.#gather(chunks);
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

  // Reduce-scatter: the worker of a chunk gets it from all the others and adds them up in the order of the ranks.
  async #sumOwnChunk(chunks: readonly Float32Array[]): Promise<void> {
    const own = chunks[this.#rank]!;
    const parts = this.#parts(own);
    await this.#exchange(
      this.#peers.map(({ rank, outbox }) => outbox.send(bytesOf(chunks[rank]!))),
      this.#peers.map((peer) => this.#receive(peer, bytesOf(parts[peer.rank]!))),
    );
    sumInOrder(parts, own);
  }

  // All-gather: everyone sends the others its sum, which has the same bits everywhere because one has computed it.
  async #gather(chunks: readonly Float32Array[]): Promise<void> {
    await this.#exchange(
      this.#peers.map(({ outbox }) => outbox.send(bytesOf(chunks[this.#rank]!))),
      this.#peers.map((peer) => this.#receive(peer, bytesOf(chunks[peer.rank]!))),
    );
  }

  // A chunk for each worker.
  #chunks(values: Float32Array): Float32Array[] {
    const size = Math.ceil(values.length / this.world);
    return Array.from({ length: this.world }, (_, i) => values.subarray(i * size, (i + 1) * size));
  }

  // By rank: this worker's own numbers, and memory for as many of each other.
  #parts(own: Float32Array): Float32Array[] {
    const length = this.#peers.length * own.length;
    if (this.#received.length < length) this.#received = new Float32Array(length);
    return Array.from({ length: this.world }, (_, rank) => {
      if (rank === this.#rank) return own;
      const place = rank < this.#rank ? rank : rank - 1;
      return this.#received.subarray(place * own.length, (place + 1) * own.length);
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

/** Numbers that are added up at once: they stay in the processor's fastest cache. */
const BLOCK_SIZE = 1024;

interface Block {
  readonly start: number;
  readonly size: number;
}

// The loops over a block are functions of their own: called often, they are compiled after the first few blocks.

/** Writes the sum of the parts, one of which is `into` itself. Sums are in float64. */
function sumInOrder(parts: readonly Float32Array[], into: Float32Array): void {
  if (parts.length === 2) {
    addTwo(parts[0]!, parts[1]!, into);
    return;
  }
  const sums = new Float64Array(BLOCK_SIZE);
  for (let start = 0; start < into.length; start += BLOCK_SIZE) {
    const block = { start, size: Math.min(BLOCK_SIZE, into.length - start) };
    sums.fill(0);
    for (const part of parts) addTo(sums, part, block);
    copyTo(into, sums, block);
  }
}

function addTwo(first: Float32Array, second: Float32Array, into: Float32Array): void {
  for (let i = 0; i < into.length; i++) into[i] = first[i]! + second[i]!;
}

function addTo(sums: Float64Array, part: Float32Array, { start, size }: Block): void {
  for (let i = 0; i < size; i++) sums[i]! += part[start + i]!;
}

function copyTo(into: Float32Array, sums: Float64Array, { start, size }: Block): void {
  for (let i = 0; i < size; i++) into[start + i] = sums[i]!;
}

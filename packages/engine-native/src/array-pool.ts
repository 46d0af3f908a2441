/** Sizes to an octave: what is handed out is at most an eighth larger than what was asked for. */
const CLASSES_PER_OCTAVE = 8;
const SMALLEST = 64;

/**
 * Arrays kept for reuse: a training step needs the same sizes every time, and fresh memory costs a page fault each
 * 4 kB.
 */
export class ArrayPool {
  readonly #free = new Map<number, Float32Array[]>();
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  readonly #limit: number;
  readonly #beforeClearing: () => void;
  #freeBytes = 0;
  #allocatedBytes = 0;

  /** Keeps at most `limit` bytes that nobody uses, and calls `beforeClearing` before it lets go of them. */
  constructor(limit: number, beforeClearing: () => void) {
    this.#limit = limit;
    this.#beforeClearing = beforeClearing;
  }

  /** An array of `size` numbers of any value. */
  take(size: number): Float32Array {
    const capacity = sizeClass(size);
    const kept = this.#free.get(capacity)?.pop();
    if (!kept) return this.#allocate(capacity, size);
    this.#freeBytes -= kept.buffer.byteLength;
    return kept.length === size ? kept : new Float32Array(kept.buffer, 0, size);
  }

  /** Takes back an array that came from `take` and that nobody looks at any more. */
  give(array: Float32Array): void {
    const bytes = array.buffer.byteLength;
    if (this.#freeBytes + bytes > this.#limit) this.clear();
    this.#freeBytes += bytes;
    const capacity = bytes / Float32Array.BYTES_PER_ELEMENT;
    const list = this.#free.get(capacity);
    if (list) list.push(array);
    else this.#free.set(capacity, [array]);
  }

  /** Whether an array is, or looks into, memory of the pool. */
  owns(array: ArrayBufferView): boolean {
    return this.#buffers.has(array.buffer);
  }

  /** Lets go of everything that nobody uses. */
  clear(): void {
    this.#beforeClearing();
    this.#free.clear();
    this.#freeBytes = 0;
  }

  /** Bytes allocated since the start: it stands still once every size has been seen. */
  get allocatedBytes(): number {
    return this.#allocatedBytes;
  }

  #allocate(capacity: number, size: number): Float32Array {
    const buffer = new ArrayBuffer(capacity * Float32Array.BYTES_PER_ELEMENT);
    this.#buffers.add(buffer);
    this.#allocatedBytes += buffer.byteLength;
    return new Float32Array(buffer, 0, size);
  }
}

/** `size` rounded up to the next class. */
function sizeClass(size: number): number {
  if (size <= SMALLEST) return SMALLEST;
  const step = 2 ** Math.max(0, Math.floor(Math.log2(size - 1)) - Math.log2(CLASSES_PER_OCTAVE));
  return Math.ceil(size / step) * step;
}

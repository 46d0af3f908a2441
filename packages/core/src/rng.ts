import * as tf from '@tensorflow/tfjs-core';

/** 128 bits that name a stream. */
type Key = readonly [number, number, number, number];

/** Which of several workers draws, and how many there are. */
export interface Share {
  readonly rank: number;
  readonly world: number;
}

/** Rows `first` to `first + count` of every tensor that a stream draws. */
export interface StreamRows {
  readonly stream: Rng;
  readonly first: number;
  readonly count: number;
}

/** Is told what a stream, and what is forked from it, draws. */
export interface RngWatcher {
  forked(from: Rng, name: string, to: Rng): void;
  /** `draw` made `values` of the stream's next numbers. */
  drew(stream: Rng, draw: (stream: Rng) => Float32Array, values: Float32Array): void;
  /** Numbers were drawn of which one cannot say what becomes of them. */
  drewOtherwise(): void;
}

/**
 * Seeded random numbers: xoshiro128++ (Blackman and Vigna 2019), keyed by a 128-bit hash.
 *
 * `fork` makes independent named streams, so adding a consumer never shifts another's draws, and a
 * stream is found again from its names alone: `new Rng(seed).fork('train').fork('step 17')`.
 *
 * Workers that share out a batch give a stream their `share`. Each then draws the same single numbers, and of every
 * tensor the rows of its own events: together the workers draw what one worker alone would draw for the whole batch.
 *
 * `Rng.ofRows` draws tensors whose rows come from several streams.
 *
 * @example
 * const rng = new Rng(1).fork('noise');
 * const one = rng.normal();
 * const noise = rng.normalTensor(64, 8); // [64, 8]
 */
export class Rng {
  /** Whose rows the tensors are. One worker has them all. */
  readonly share: Share;
  readonly #key: Key;
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;
  #spare = Number.NaN;
  /** Where the rows of its tensors come from, if not from this stream. */
  #sources: readonly StreamRows[] | undefined;
  #watcher: RngWatcher | undefined;

  constructor(seed: number | Key, share: Share = { rank: 0, world: 1 }) {
    this.share = share;
    this.#key = typeof seed === 'number' ? hash(`seed ${seed}`, [0, 0, 0, 0]) : seed;
    this.#begin(...this.#key);
  }

  /** The state is held as signed numbers: V8 makes an object of one that needs 32 bits without a sign. */
  #begin(a: number, b: number, c: number, d: number): void {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    // Eight discarded draws spread a key with few bits set over the whole state.
    this.#d = d | 1;
    for (let i = 0; i < 8; i++) this.bits();
    this.#spare = Number.NaN;
  }

  /** Makes this the stream of row `row` of a stream's `tensor`: a hash of numbers, quicker than that of a name. */
  #beginRow(stream: Rng, tensor: number, row: number): void {
    const key = stream.#key;
    const lane = (i: 0 | 1 | 2 | 3): number =>
      finalise(finalise(key[i] ^ tensor) + Math.imul(row + 1, 0x9e3779b1 + 2 * i)) | 0;
    this.#begin(lane(0), lane(1), lane(2), lane(3));
  }

  /**
   * Draws tensors whose rows come from several streams, source after source. Each stream draws from its beginning,
   * whatever it has drawn so far. `fork` forks every stream. The number of rows of a tensor must be that of all sources
   * together.
   *
   * Only tensors can be drawn: single numbers, a shuffle and `forShare` throw an `Error`, since no one stream is meant.
   *
   * @example
   * // The rows 3 and 5 of what `stream` alone would draw for six rows or more.
   * Rng.ofRows([{ stream, first: 3, count: 1 }, { stream, first: 5, count: 1 }]).normalTensor(2, 4);
   */
  static ofRows(sources: readonly StreamRows[]): Rng {
    const made = new Rng(0);
    made.#sources = eachStream(sources, (stream) => stream.forShare(made.share));
    return made;
  }

  /**
   * Draws tensors of those rows alone, of the `count` that this stream would draw, from its beginning.
   * @example
   * rng.select([3, 5], 6).normalTensor(2, 4); // rows 3 and 5 of the first tensor that `rng` draws with 6 rows
   */
  select(rows: readonly number[], count: number): Rng {
    this.#watcher?.drewOtherwise();
    const all = this.#sourcesOf(count).flatMap(({ stream, first, count: many }) =>
      Array.from({ length: many }, (_, i) => ({ stream, first: first + i, count: 1 })),
    );
    return Rng.ofRows(rows.map((row) => all[row]!));
  }

  /** The independent stream of that name. It does not depend on what this stream has drawn so far. */
  fork(name: string): Rng {
    if (this.#sources) return Rng.ofRows(eachStream(this.#sources, (stream) => stream.fork(name)));
    const forked = new Rng(hash(name, this.#key), this.share);
    if (this.#watcher) {
      forked.#watcher = this.#watcher;
      this.#watcher.forked(this, name, forked);
    }
    return forked;
  }

  /** Has what this stream, and what is forked from it, draws told to a watcher, or to nobody any more. */
  watch(watcher: RngWatcher | undefined): void {
    this.#watcher = watcher;
    if (this.#sources) watcher?.drewOtherwise();
  }

  /**
   * What `draw` makes of this stream, and of nothing else that may change from one time to the next: a training step
   * that is recorded can be repeated with other numbers only if it draws all of them so, or as tensors.
   * @example
   * const times = tf.tensor1d(rng.drawn((stream) => Float32Array.of(stream.uniform(), stream.uniform())));
   */
  drawn(draw: (stream: Rng) => Float32Array): Float32Array {
    const watcher = this.#watcher;
    if (!watcher) return draw(this);
    this.#watcher = undefined;
    const values = draw(this);
    this.#watcher = watcher;
    watcher.drew(this, draw, values);
    return values;
  }

  /**
   * This stream as the worker of a share sees it, and all that is forked from it.
   * @throws Error for an `Rng.ofRows`.
   */
  forShare(share: Share): Rng {
    this.#needOneStream();
    this.#watcher?.drewOtherwise();
    return new Rng(this.#key, share);
  }

  #needOneStream(): void {
    if (this.#sources) throw new Error('invalid use of Rng.ofRows: it draws tensors, and nothing else');
  }

  /** 32 random bits as an unsigned integer. @throws Error for an `Rng.ofRows`. */
  bits(): number {
    this.#needOneStream();
    this.#watcher?.drewOtherwise();
    const sum = (this.#a + this.#d) | 0;
    const result = (((sum << 7) | (sum >>> 25)) + this.#a) >>> 0;
    const t = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= t;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform on (0, 1): never 0, never 1, with 2^32 equally spaced values. */
  uniform(): number {
    return (this.bits() + 0.5) / 2 ** 32;
  }

  /** Uniform integer in [0, bound), without bias. @throws RangeError for a bound outside of 1 to 2^32. */
  integer(bound: number): number {
    if (!(bound >= 1 && bound <= 2 ** 32)) throw new RangeError(`invalid bound: expected 1 to 2^32, got ${bound}`);
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const draw = this.bits();
      if (draw < limit) return draw % bound;
    }
  }

  /** Standard normal, by Box and Muller. */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Exponential with mean 1. */
  exponential(): number {
    return -Math.log(this.uniform());
  }

  /** Shuffles in place, each order equally likely (Fisher and Yates). */
  shuffle<T extends { length: number; [index: number]: number }>(values: T): T {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = values[i]!;
      values[i] = values[j]!;
      values[j] = kept;
    }
    return values;
  }

  /**
   * [size] uniform draws, one for each event of this worker's share.
   * @throws RangeError for another number of rows than the streams of an `Rng.ofRows` have.
   */
  uniformTensor(size: number): tf.Tensor1D {
    return tf.tensor1d(this.drawn((stream) => stream.uniformRows(size)));
  }

  /** The numbers of `uniformTensor`, on the host. */
  uniformRows(size: number): Float32Array {
    return this.#drawRows(size, 1, (row) => row.uniform());
  }

  /**
   * [rows, columns] standard normal draws, a row for each event of this worker's share.
   * @throws RangeError for another number of rows than the streams of an `Rng.ofRows` have.
   */
  normalTensor(rows: number, columns: number): tf.Tensor2D {
    return tf.tensor2d(
      this.drawn((stream) => stream.normalRows(rows, columns)),
      [rows, columns],
    );
  }

  /** The numbers of `normalTensor`, on the host and row-major. */
  normalRows(rows: number, columns: number): Float32Array {
    return this.#drawRows(rows, columns, (row) => row.normal());
  }

  // Each row from a stream of its own, named by its place in the whole batch, so that no worker draws another's rows.
  // One object is all these streams in turn.
  #drawRows(rows: number, columns: number, draw: (row: Rng) => number): Float32Array {
    const values = new Float32Array(rows * columns);
    const tensors = new Map<Rng, number>();
    const row = new Rng(0);
    let filled = 0;
    for (const { stream, first, count } of this.#sourcesOf(rows)) {
      const tensor = tensors.get(stream) ?? stream.bits();
      tensors.set(stream, tensor);
      for (let i = first; i < first + count; i++) {
        row.#beginRow(stream, tensor, i);
        for (let j = 0; j < columns; j++) values[filled++] = draw(row);
      }
    }
    return values;
  }

  #sourcesOf(rows: number): readonly StreamRows[] {
    if (!this.#sources) return [{ stream: this, first: this.share.rank * rows, count: rows }];
    const expected = this.#sources.reduce((sum, { count }) => sum + count, 0);
    if (rows === expected) return this.#sources;
    throw new RangeError(`invalid number of rows: the streams of Rng.ofRows have ${expected}, got ${rows}`);
  }
}

/** The same rows of other streams; sources of one stream have one stream again. */
function eachStream(sources: readonly StreamRows[], change: (stream: Rng) => Rng): StreamRows[] {
  const changed = new Map<Rng, Rng>();
  return sources.map(({ stream, first, count }) => {
    const other = changed.get(stream) ?? change(stream);
    changed.set(stream, other);
    return { stream: other, first, count };
  });
}

// Four interleaved multiply-xorshift lanes, after the finaliser of MurmurHash3 (Appleby 2011).
function hash(text: string, key: Key): Key {
  const lanes = [key[0] ^ 0x9e3779b9, key[1] ^ 0x85ebca6b, key[2] ^ 0xc2b2ae35, key[3] ^ 0x27d4eb2f];
  const absorb = (word: number): void => {
    for (let lane = 0; lane < 4; lane++) {
      const mixed = Math.imul(lanes[lane]! ^ word ^ Math.imul(lane, 0x165667b1), 0x01000193 + 2 * lane);
      lanes[lane] = mixed ^ (mixed >>> 15) ^ lanes[(lane + 1) & 3]!;
    }
  };
  for (const character of text) absorb(character.codePointAt(0)!);
  for (let round = 0; round < 4; round++) absorb(text.length);
  return lanes.map(finalise) as unknown as Key;
}

function finalise(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

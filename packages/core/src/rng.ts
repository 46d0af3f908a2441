import * as tf from '@tensorflow/tfjs-core';

/** 128 bits that name a stream. */
type Key = readonly [number, number, number, number];

/**
 * Seeded random numbers: xoshiro128++ (Blackman and Vigna 2019), keyed by a 128-bit hash.
 *
 * `fork` makes independent named streams, so adding a consumer never shifts another's draws, and a
 * stream is found again from its names alone: `new Rng(seed).fork('train').fork('step 17')`.
 */
export class Rng {
  readonly #key: Key;
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spare = Number.NaN;

  constructor(seed: number | Key) {
    this.#key = typeof seed === 'number' ? hash(`seed ${seed}`, [0, 0, 0, 0]) : seed;
    [this.#a, this.#b, this.#c, this.#d] = this.#key;
    // Eight discarded draws spread a key with few bits set over the whole state.
    this.#d |= 1;
    for (let i = 0; i < 8; i++) this.bits();
  }

  /** The independent stream of that name. It does not depend on what this stream has drawn so far. */
  fork(name: string): Rng {
    return new Rng(hash(name, this.#key));
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
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

  /** Uniform integer in [0, bound), without bias. */
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

  /** [size] uniform draws. */
  uniformTensor(size: number): tf.Tensor1D {
    const values = new Float32Array(size);
    for (let i = 0; i < size; i++) values[i] = this.uniform();
    return tf.tensor1d(values);
  }

  /** [rows, columns] standard normal draws. */
  normalTensor(rows: number, columns: number): tf.Tensor2D {
    const values = new Float32Array(rows * columns);
    for (let i = 0; i < values.length; i++) values[i] = this.normal();
    return tf.tensor2d(values, [rows, columns]);
  }
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

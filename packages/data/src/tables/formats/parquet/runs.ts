/** Whole numbers from 0 on, as runs hold them. */
export type RunNumbers = Uint8Array | Uint32Array;

/** Bits of the largest numbers that are read: a dictionary of 16 million values. */
const WIDEST = 24;

/**
 * Reads the runs of repeated and of packed numbers that a page begins with (Parquet's "RLE / bit-packing hybrid"). A
 * run of five bytes may say that it has 2^31 numbers: none has more than are left.
 */
export class RunReader {
  readonly #bytes: Uint8Array;
  #offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  /** Where the next byte is. */
  get offset(): number {
    return this.#offset;
  }

  /** Numbers that the length of their bytes stands before, and goes on behind these. */
  readWithLength(width: number, count: number): RunNumbers {
    const length = this.byte() + this.byte() * 2 ** 8 + this.byte() * 2 ** 16 + this.byte() * 2 ** 24;
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw tooShort();
    const numbers = this.read(width, count);
    this.#offset = end;
    return numbers;
  }

  /**
   * @param width bits of a number; those of 0 bits stand nowhere.
   * @throws Error if runs have more than so many numbers, or more bytes than the page.
   */
  read(width: number, count: number): RunNumbers {
    if (width > WIDEST) throw new Error(`numbers of ${width} bits`);
    const numbers = width <= 8 ? new Uint8Array(count) : new Uint32Array(count);
    for (let seen = 0; seen < count && width > 0; ) {
      const header = this.#unsigned();
      const isPacked = header % 2 === 1;
      const length = Math.floor(header / 2) * (isPacked ? 8 : 1);
      // Packed numbers fill up their last eight.
      if (length > count - seen + (isPacked ? 7 : 0)) {
        throw new Error(`a run of ${length} numbers where there are ${count - seen}`);
      }
      const end = Math.min(seen + length, count);
      if (isPacked) this.#readPacked(width, length, numbers.subarray(seen, end));
      else numbers.fill(this.#repeated(width), seen, end);
      seen = end;
    }
    return numbers;
  }

  byte(): number {
    const byte = this.#bytes[this.#offset++];
    if (byte === undefined) throw tooShort();
    return byte;
  }

  #repeated(width: number): number {
    let value = 0;
    for (let shift = 0; shift < width; shift += 8) value += this.byte() * 2 ** shift;
    return value;
  }

  #readPacked(width: number, length: number, into: RunNumbers): void {
    let offset = this.#offset;
    this.#offset += (length / 8) * width;
    if (this.#offset > this.#bytes.length) throw tooShort();
    const bytes = this.#bytes;
    if (width === 1) {
      unpackBits(bytes.subarray(offset, this.#offset), into);
      return;
    }
    const mask = 2 ** width - 1;
    let [held, bits] = [0, 0];
    for (let i = 0; i < into.length; i++) {
      for (; bits < width; bits += 8) held |= bytes[offset++]! << bits;
      into[i] = held & mask;
      held >>>= width;
      bits -= width;
    }
  }

  /** An unsigned number in groups of seven bits. */
  #unsigned(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a run whose length has no end');
  }
}

function tooShort(): Error {
  return new Error('a page is shorter than what it says to have');
}

/** Numbers of one bit, the lowest of each byte first. */
function unpackBits(bytes: Uint8Array, into: RunNumbers): void {
  for (let i = 0; i < into.length; i++) into[i] = (bytes[i >> 3]! >> (i & 7)) & 1;
}

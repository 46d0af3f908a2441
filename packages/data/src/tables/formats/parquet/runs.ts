/**
 * Walks the runs of repeated and of packed numbers that a page begins with, without decoding what repeats: a run of
 * five bytes may say that it has 2^31 numbers, which a decoder would go on to write (Parquet's "RLE / bit-packing
 * hybrid").
 */
export class RunWalker {
  readonly #bytes: Uint8Array;
  #offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  /** Walks numbers that the length of their bytes stands before, and goes on behind these. */
  walkWithLength(width: number, count: number, wanted?: number): number {
    const length = this.byte() + this.byte() * 2 ** 8 + this.byte() * 2 ** 16 + this.byte() * 2 ** 24;
    const end = this.#offset + length;
    const found = this.walk(width, count, wanted);
    this.#offset = end;
    return found;
  }

  /**
   * @param width bits of a number.
   * @param count so many numbers there have to be.
   * @returns how many of the numbers are `wanted`; 0 if none is.
   * @throws Error if runs have more than so many numbers, or more bytes than the page.
   */
  walk(width: number, count: number, wanted?: number): number {
    let [seen, found] = [0, 0];
    while (seen < count) {
      const header = this.#unsigned();
      const isPacked = header % 2 === 1;
      const length = Math.floor(header / 2) * (isPacked ? 8 : 1);
      // Packed numbers fill up their last eight.
      if (length > count - seen + (isPacked ? 7 : 0)) {
        throw new Error(`a run of ${length} numbers where there are ${count - seen}`);
      }
      const used = Math.min(length, count - seen);
      found += isPacked ? this.#packed(width, length, used, wanted) : this.#repeated(width) === wanted ? used : 0;
      seen += used;
    }
    return found;
  }

  byte(): number {
    const byte = this.#bytes[this.#offset++];
    if (byte === undefined) throw new Error('a page is shorter than what it says to have');
    return byte;
  }

  #repeated(width: number): number {
    let value = 0;
    for (let shift = 0; shift < width; shift += 8) value += this.byte() * 2 ** shift;
    return value;
  }

  #packed(width: number, length: number, used: number, wanted?: number): number {
    const start = this.#offset;
    this.#offset += (length / 8) * width;
    if (this.#offset > this.#bytes.length) throw new Error('a page is shorter than what it says to have');
    if (wanted === undefined) return 0;
    return width === 1 ? this.#packedBits(start, used, wanted) : this.#packedNumbers(start, width, used, wanted);
  }

  #packedBits(start: number, used: number, wanted: number): number {
    let ones = 0;
    for (let i = 0; i < used; i++) ones += (this.#bytes[start + (i >> 3)]! >> (i & 7)) & 1;
    return wanted === 1 ? ones : used - ones;
  }

  #packedNumbers(start: number, width: number, used: number, wanted: number): number {
    let [found, held, bits, offset] = [0, 0, 0, start];
    const mask = 2 ** width - 1;
    for (let i = 0; i < used; i++) {
      for (; bits < width; bits += 8) held |= this.#bytes[offset++]! << bits;
      if ((held & mask) === wanted) found++;
      held >>>= width;
      bits -= width;
    }
    return found;
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

/** Whole numbers from 0 on, as runs hold them. */
export type RunNumbers = Uint8Array | Uint32Array;

/** Bits of the largest numbers that are read: a dictionary of 16 million values. */
const WIDEST = 24;
/** Bytes in which a number of so many bits is, whichever of the bits of the first it begins with. */
const WINDOW = 4;
/** Numbers of a run that is filled by a loop. */
const SHORT = 64;

/** Numbers `start` to `end` of those that are read. */
interface Stretch {
  readonly numbers: RunNumbers;
  readonly start: number;
  readonly end: number;
}

/**
 * Reads the runs of repeated and of packed numbers that a page begins with (Parquet's "RLE / bit-packing hybrid"). A
 * run of five bytes may say that it has 2^31 numbers: none has more than are left.
 */
export class RunReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = offset;
  }

  /** Where the next byte is. */
  get offset(): number {
    return this.#offset;
  }

  /** Reads what the length of its bytes stands before, and goes on behind these. */
  withLength<Value>(read: () => Value): Value {
    const length = this.byte() + this.byte() * 2 ** 8 + this.byte() * 2 ** 16 + this.byte() * 2 ** 24;
    const end = this.#offset + length;
    if (end > this.#bytes.length) throw tooShort();
    const value = read();
    this.#offset = end;
    return value;
  }

  /** Whether one run says that all numbers are the same, which is then behind; nothing is read otherwise. */
  areAll(value: number, width: number, count: number): boolean {
    const start = this.#offset;
    const areAll = this.#unsigned() === 2 * count && this.#repeated(width) === value;
    if (!areAll) this.#offset = start;
    return areAll;
  }

  /**
   * @param width bits of a number; those of 0 bits stand nowhere.
   * @param numbers where they are read to.
   * @throws Error if runs have more than so many numbers, or more bytes than the page.
   */
  read(width: number, count: number, numbers: RunNumbers = new Uint8Array(count)): RunNumbers {
    if (width > WIDEST) throw new Error(`numbers of ${width} bits`);
    if (width === 0) numbers.fill(0);
    for (let seen = 0; seen < count && width > 0; ) {
      const header = this.#unsigned();
      const isPacked = header % 2 === 1;
      const length = Math.floor(header / 2) * (isPacked ? 8 : 1);
      // Packed numbers fill up their last eight.
      if (length > count - seen + (isPacked ? 7 : 0)) {
        throw new Error(`a run of ${length} numbers where there are ${count - seen}`);
      }
      const end = Math.min(seen + length, count);
      if (isPacked) this.#readPacked(width, length, { numbers, start: seen, end });
      else fill({ numbers, start: seen, end }, this.#repeated(width));
      seen = end;
    }
    return numbers;
  }

  /** So many numbers without a run. @throws Error for a page that ends before. */
  packed(width: number, count: number): RunNumbers {
    const numbers = new Uint8Array(count);
    this.#readPacked(width, Math.ceil(count / 8) * 8, { numbers, start: 0, end: count });
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

  #readPacked(width: number, length: number, { numbers, start, end }: Stretch): void {
    let offset = this.#offset;
    this.#offset += (length / 8) * width;
    if (this.#offset > this.#bytes.length) throw tooShort();
    const bytes = this.#bytes;
    if (width === 1) {
      for (let i = start; i < end; i += 8) unpackByte(bytes[offset++]!, numbers, i);
      return;
    }
    const mask = 2 ** width - 1;
    // Each is within the four bytes from that on in which it begins, as far as there are so many.
    const within = Math.floor((8 * (bytes.length - offset - WINDOW + 1) - 1) / width) + 1;
    const last = Math.min(end, start + Math.max(within, 0));
    let [i, bit] = [start, 0];
    for (; i < last; i++, bit += width)
      numbers[i] = (this.#view.getUint32(offset + (bit >>> 3), true) >>> (bit & 7)) & mask;
    for (; i < end; i++, bit += width) numbers[i] = (lastBytes(bytes, offset + (bit >>> 3)) >>> (bit & 7)) & mask;
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

/** For a page that ends too early. */
export function tooShort(): Error {
  return new Error('a page is shorter than what it says to have');
}

/** The last bytes of a page as a number, the lowest first. */
function lastBytes(bytes: Uint8Array, at: number): number {
  return bytes.subarray(at, at + WINDOW).reduce((sum, byte, i) => sum | (byte << (8 * i)), 0);
}

/** Bits of a byte from the lowest on; those beyond the end are dropped. */
function unpackByte(byte: number, into: RunNumbers, at: number): void {
  into[at] = byte & 1;
  into[at + 1] = (byte >> 1) & 1;
  into[at + 2] = (byte >> 2) & 1;
  into[at + 3] = (byte >> 3) & 1;
  into[at + 4] = (byte >> 4) & 1;
  into[at + 5] = (byte >> 5) & 1;
  into[at + 6] = (byte >> 6) & 1;
  into[at + 7] = byte >> 7;
}

/** Fills in place: most runs are too short for a call that is not inlined. */
function fill({ numbers, start, end }: Stretch, value: number): void {
  if (end - start > SHORT) numbers.fill(value, start, end);
  else for (let i = start; i < end; i++) numbers[i] = value;
}

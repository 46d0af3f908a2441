/** Whole numbers from 0 on, as runs hold them. */
export type RunNumbers = Uint8Array | Uint32Array;

/** Bits of the largest numbers that are read: a dictionary of 16 million values. */
const WIDEST = 24;
/** Bytes in which a number of so many bits is, whichever of the bits of the first it begins with. */
const WINDOW = 4;
/** Numbers of a run that is filled by a loop. */
const SHORT = 64;

/** Numbers `start` to `end` of those that are read, and the largest that may be. */
interface Stretch<Numbers extends RunNumbers = RunNumbers> {
  readonly numbers: Numbers;
  readonly start: number;
  readonly end: number;
  readonly most: number;
}

function isOfWords(stretch: Stretch): stretch is Stretch<Uint32Array> {
  return stretch.numbers instanceof Uint32Array;
}

/** What numbers are read to, and the largest that may be. */
export interface RunRoom<Numbers extends RunNumbers> {
  readonly numbers: Numbers;
  readonly most: number;
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
   * @throws Error if runs have more than there is room for, larger ones than may be, or more bytes than the page.
   */
  read<Numbers extends RunNumbers>(width: number, { numbers, most }: RunRoom<Numbers>): Numbers {
    const count = numbers.length;
    if (width > WIDEST) throw new Error(`numbers of ${width} bits`);
    if (width === 0) fill({ numbers, start: 0, end: count, most }, 0);
    for (let seen = 0; seen < count && width > 0; ) {
      const header = this.#unsigned();
      const isPacked = header % 2 === 1;
      const length = Math.floor(header / 2) * (isPacked ? 8 : 1);
      // Packed numbers fill up their last eight.
      if (length > count - seen + (isPacked ? 7 : 0)) {
        throw new Error(`a run of ${length} numbers where there are ${count - seen}`);
      }
      const end = Math.min(seen + length, count);
      if (isPacked) this.#readPacked(width, length, { numbers, start: seen, end, most });
      else fill({ numbers, start: seen, end, most }, this.#repeated(width));
      seen = end;
    }
    return numbers;
  }

  /** So many numbers without a run. @throws Error for a page that ends before. */
  packed(width: number, count: number): Uint8Array {
    const numbers = new Uint8Array(count);
    this.#readPacked(width, Math.ceil(count / 8) * 8, { numbers, start: 0, end: count, most: 2 ** width - 1 });
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

  #readPacked(width: number, length: number, stretch: Stretch): void {
    const offset = this.#offset;
    this.#offset += (length / 8) * width;
    if (this.#offset > this.#bytes.length) throw tooShort();
    if (isOfWords(stretch)) unpackToWords(this.#view, offset, width, stretch);
    else if (width === 1) unpackBits(this.#bytes, offset, stretch as Stretch<Uint8Array>);
    else unpackToBytes(this.#bytes, offset, width, stretch as Stretch<Uint8Array>);
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

/** Numbers of one bit to bytes: four bits at a time to the four bytes of a word. */
function unpackBits(bytes: Uint8Array, offset: number, stretch: Stretch<Uint8Array>): void {
  const { numbers, start, end, most } = stretch;
  const words = new DataView(numbers.buffer, numbers.byteOffset);
  let [i, at] = [start, offset];
  for (; i <= end - 8; i += 8, at++) {
    const byte = bytes[at]!;
    words.setInt32(i, spread(byte & 0xf), true);
    words.setInt32(i + 4, spread(byte >> 4), true);
  }
  for (let bit = 0; i + bit < end; bit++) numbers[i + bit] = (bytes[at]! >> bit) & 1;
  if (most < 1) checkNumbers(stretch);
}

/** The lowest bits of the bytes of a word are those of a number of four bits: each is multiplied to its byte. */
function spread(bits: number): number {
  return Math.imul(bits, 0x00204081) & 0x01010101;
}

/** Numbers of several bits to bytes, as levels are of columns of lists. */
function unpackToBytes(bytes: Uint8Array, offset: number, width: number, stretch: Stretch<Uint8Array>): void {
  const { numbers, start, end } = stretch;
  const mask = 2 ** width - 1;
  for (let i = start, bit = 0; i < end; i++, bit += width) {
    const at = offset + (bit >>> 3);
    numbers[i] = ((bytes[at]! | ((bytes[at + 1] ?? 0) << 8)) >>> (bit & 7)) & mask;
  }
  checkNumbers(stretch);
}

/** Numbers of several bits to words, four at a time: twice as fast as one by one. */
function unpackToWords(view: DataView, offset: number, width: number, stretch: Stretch<Uint32Array>): void {
  const { numbers, start, end, most } = stretch;
  const mask = (2 ** width - 1) | 0;
  // Each is within the four bytes from that on in which it begins, as far as there are so many.
  const within = Math.floor((8 * (view.byteLength - offset - WINDOW + 1) - 1) / width) + 1;
  const last = Math.min(end, start + Math.max(within, 0)) | 0;
  let i = start | 0;
  let bit = 0;
  let left = 0; // below zero once a number is larger than may be
  for (; i < last - 3; i = (i + 4) | 0) {
    const first = (view.getInt32((offset + (bit >>> 3)) | 0, true) >>> (bit & 7)) & mask;
    bit = (bit + width) | 0;
    const second = (view.getInt32((offset + (bit >>> 3)) | 0, true) >>> (bit & 7)) & mask;
    bit = (bit + width) | 0;
    const third = (view.getInt32((offset + (bit >>> 3)) | 0, true) >>> (bit & 7)) & mask;
    bit = (bit + width) | 0;
    const fourth = (view.getInt32((offset + (bit >>> 3)) | 0, true) >>> (bit & 7)) & mask;
    bit = (bit + width) | 0;
    left |= (most - first) | (most - second) | (most - third) | (most - fourth);
    numbers[i] = first;
    numbers[i + 1] = second;
    numbers[i + 2] = third;
    numbers[i + 3] = fourth;
  }
  const checked = left < 0 ? start : i;
  for (; i < end; i++, bit += width) numbers[i] = (lastBytes(view, offset + (bit >>> 3)) >>> (bit & 7)) & mask;
  checkNumbers({ ...stretch, start: checked });
}

function checkNumbers({ numbers, start, end, most }: Stretch): void {
  for (let i = start; i < end; i++) if (numbers[i]! > most) throw tooLarge(numbers[i]!, most);
}

function tooLarge(number: number, most: number): Error {
  return new Error(`${number} where ${most} is the largest number`);
}

/** The last bytes of a page as a number, the lowest first. */
function lastBytes(view: DataView, at: number): number {
  let value = 0;
  for (let i = at; i < Math.min(at + WINDOW, view.byteLength); i++) value |= view.getUint8(i) << (8 * (i - at));
  return value;
}

/** Fills in place: most runs are too short for a call that is not inlined. */
function fill({ numbers, start, end, most }: Stretch, value: number): void {
  if (value > most) throw tooLarge(value, most);
  if (end - start > SHORT) numbers.fill(value, start, end);
  else for (let i = start; i < end; i++) numbers[i] = value;
}

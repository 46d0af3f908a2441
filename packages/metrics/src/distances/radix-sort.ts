/** Numbers on the host, in either precision. */
export type NumberColumn = Float32Array | Float64Array;

/** A column in ascending order, and where each value came from. */
export interface OrderedColumn {
  /** Ascending. */
  readonly values: Float64Array;
  /** `values[k]` was at `order[k]`. */
  readonly order: Uint32Array;
}

/** Values on their way, and their order where it is asked for. */
interface Moving {
  readonly values: Float64Array;
  readonly order?: Uint32Array;
}

/** Eleven bits or ten of one of the two words of a float64; the words' places are those of little-endian machines. */
interface Digit {
  readonly word: 0 | 1;
  readonly shift: number;
  readonly mask: number;
}

const DIGITS_OF_WORD = [
  { shift: 0, mask: 0x7ff },
  { shift: 11, mask: 0x7ff },
  { shift: 22, mask: 0x3ff },
] as const;
const HIGH_DIGITS: readonly Digit[] = DIGITS_OF_WORD.map((digit) => ({ word: 1, ...digit }));
const LOW_DIGITS: readonly Digit[] = DIGITS_OF_WORD.map((digit) => ({ word: 0, ...digit }));
const BUCKETS = 2048;
/** Moves per value above which an insertion sort is given up for more radix passes. */
const MOST_MOVES = 16;

/**
 * Stable ascending order of a column [n] of numbers, none of them NaN. A radix sort on the upper 32 bits of float64,
 * eleven at a time and lowest first, brings values within one part in a million together, and an insertion sort
 * finishes. Where that would take long, the radix sort is done on all 64 bits.
 */
export function sortWithOrder(column: NumberColumn): OrderedColumn {
  return sortOwn(new Float64Array(column), true);
}

/**
 * The same of an array that nobody else needs: it is overwritten, and may be a part of the result. Without its order,
 * which is empty then, a column costs less than half as much.
 */
export function sortOwn(values: Float64Array, withOrder: boolean): OrderedColumn {
  if (!withOrder) return { values: sort({ values }).values, order: new Uint32Array(0) };
  const order = new Uint32Array(values.length);
  for (let k = 0; k < order.length; k++) order[k] = k;
  return sort({ values, order }) as OrderedColumn;
}

function sort(given: Moving): Moving {
  const nearly = sortByDigits(given, HIGH_DIGITS);
  if (finishByInsertion(nearly)) return nearly;
  return sortByDigits(sortByDigits(nearly, LOW_DIGITS), HIGH_DIGITS);
}

/** Sorts stably by some digits, lowest first. Those that all values share are skipped. Overwrites what it is given. */
function sortByDigits(given: Moving, digits: readonly Digit[]): Moving {
  const size = given.values.length;
  let from = given;
  let to: Moving = { values: new Float64Array(size), ...(given.order && { order: new Uint32Array(size) }) };
  for (const [index, counts] of countDigits(given.values, digits).entries()) {
    if (counts.includes(size)) continue;
    move(from, to, digits[index]!, startsOf(counts));
    [from, to] = [to, from];
  }
  return from;
}

// The bits of a float64 order like an unsigned integer once the sign bit is flipped, or every bit of a negative number.
function countDigits(values: Float64Array, digits: readonly Digit[]): Uint32Array[] {
  const words = wordsOf(values);
  const [first, second, third] = [new Uint32Array(BUCKETS), new Uint32Array(BUCKETS), new Uint32Array(BUCKETS)];
  const low = digits[0]!.word === 0;
  for (let k = 0; k < words.length; k += 2) {
    const top = words[k + 1]!;
    const flip = top >> 31;
    const key = low ? words[k]! ^ flip : top ^ (flip | 0x80000000);
    first[key & 0x7ff]!++;
    second[(key >>> 11) & 0x7ff]!++;
    third[key >>> 22]!++;
  }
  return [first, second, third];
}

function move(from: Moving, to: Moving, { word, shift, mask }: Digit, places: Uint32Array): void {
  const { values, order } = from;
  const { values: movedValues, order: movedOrder } = to;
  const words = wordsOf(values);
  const top = word === 0 ? 0 : 0x80000000;
  for (let k = 0; k < values.length; k++) {
    const key = words[2 * k + word]! ^ ((words[2 * k + 1]! >> 31) | top);
    const place = places[(key >>> shift) & mask]!++;
    movedValues[place] = values[k]!;
    if (order) movedOrder![place] = order[k]!;
  }
}

function wordsOf(values: Float64Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
}

function startsOf(counts: Uint32Array): Uint32Array {
  let start = 0;
  return counts.map((count) => {
    start += count;
    return start - count;
  });
}

/** Sorts in place, stably, or gives up and returns false. */
function finishByInsertion({ values, order }: Moving): boolean {
  let moves = MOST_MOVES * values.length;
  for (let k = 1; k < values.length; k++) {
    const value = values[k]!;
    if (!(values[k - 1]! > value)) continue;
    let place = k;
    for (; place > 0 && values[place - 1]! > value; place--) values[place] = values[place - 1]!;
    values[place] = value;
    if (order) turn(order, place, k);
    moves -= k - place;
    if (moves < 0) return false;
  }
  return true;
}

/** Puts what is at `to` before everything from `from`. */
function turn(order: Uint32Array, from: number, to: number): void {
  const last = order[to]!;
  for (let k = to; k > from; k--) order[k] = order[k - 1]!;
  order[from] = last;
}

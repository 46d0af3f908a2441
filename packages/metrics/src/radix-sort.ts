/** Numbers on the host, in either precision. */
export type NumberColumn = Float32Array | Float64Array;

/** A column in ascending order, and where each value came from. */
export interface OrderedColumn {
  /** Ascending. */
  readonly values: Float64Array;
  /** `values[k]` was at `order[k]`. */
  readonly order: Uint32Array;
}

const DIGITS = [
  { shift: 0, mask: 0x7ff },
  { shift: 11, mask: 0x7ff },
  { shift: 22, mask: 0x3ff },
] as const;
const BUCKETS = 2048;
/** Moves per value above which an insertion sort is given up for more radix passes. */
const MOST_MOVES = 16;

/**
 * Stable ascending order of a column [n] of numbers, none of them NaN. A radix sort on the upper 32 bits of float64,
 * eleven at a time and lowest first, brings values within one part in a million together, and an insertion sort
 * finishes. Where that would take long, the radix sort is done on all 64 bits.
 */
export function sortWithOrder(column: NumberColumn): OrderedColumn {
  const source = column instanceof Float64Array ? column : new Float64Array(column);
  const { low, high } = sortableBits(source);
  const given = new Uint32Array(source.length);
  for (let k = 0; k < given.length; k++) given[k] = k;
  const nearly = gather(source, sortByWord(given, high));
  if (finishByInsertion(nearly)) return nearly;
  return gather(source, sortByWord(sortByWord(given, low), high));
}

// The bits of a float64 order like an unsigned integer once the sign bit is flipped, or every bit of a negative number.
function sortableBits(values: Float64Array): { low: Int32Array; high: Int32Array } {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const low = new Int32Array(values.length);
  const high = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const top = words[2 * i + 1]!;
    const flip = top >> 31;
    low[i] = words[2 * i]! ^ flip;
    high[i] = top ^ (flip | 0x80000000);
  }
  return { low, high };
}

/** `order`, sorted stably by the word that each entry points at. Digits that all words share are skipped. */
function sortByWord(order: Uint32Array, word: Int32Array): Uint32Array {
  const size = order.length;
  const digits = DIGITS.map((digit) => ({ ...digit, counts: countDigits(word, digit.shift, digit.mask) }));
  let from = order;
  let to: Uint32Array = new Uint32Array(size);
  let [keys, movedKeys] = [new Int32Array(size), new Int32Array(size)];
  for (let k = 0; k < size; k++) keys[k] = word[from[k]!]!;
  for (const { shift, mask, counts } of digits) {
    if (counts.includes(size)) continue;
    const places = startsOf(counts);
    for (let k = 0; k < size; k++) {
      const key = keys[k]!;
      const place = places[(key >>> shift) & mask]!++;
      movedKeys[place] = key;
      to[place] = from[k]!;
    }
    [from, to] = [to, from === order ? new Uint32Array(size) : from];
    [keys, movedKeys] = [movedKeys, keys];
  }
  return from;
}

function countDigits(word: Int32Array, shift: number, mask: number): Uint32Array {
  const counts = new Uint32Array(BUCKETS);
  for (let i = 0; i < word.length; i++) counts[(word[i]! >>> shift) & mask]!++;
  return counts;
}

function startsOf(counts: Uint32Array): Uint32Array {
  let start = 0;
  return counts.map((count) => {
    start += count;
    return start - count;
  });
}

function gather(source: Float64Array, order: Uint32Array): OrderedColumn {
  const values = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) values[k] = source[order[k]!]!;
  return { values, order };
}

/** Sorts in place, or gives up and returns false. */
function finishByInsertion({ values, order }: OrderedColumn): boolean {
  let moves = MOST_MOVES * values.length;
  for (let k = 1; k < values.length; k++) {
    const value = values[k]!;
    if (!(values[k - 1]! > value)) continue;
    const event = order[k]!;
    let place = k;
    for (; place > 0 && values[place - 1]! > value; place--) {
      values[place] = values[place - 1]!;
      order[place] = order[place - 1]!;
    }
    values[place] = value;
    order[place] = event;
    moves -= k - place;
    if (moves < 0) return false;
  }
  return true;
}

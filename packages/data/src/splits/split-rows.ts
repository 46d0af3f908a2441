import type { Split } from '@unfold-zoo/core';

/** Neighbouring rows of a file. */
export interface RowRange {
  readonly start: number;
  readonly count: number;
}

/** The rows of a file that belong to one split, or all in another order: ranges that stand for its events in turn. */
export class SplitRows {
  readonly count: number;
  readonly #ranges: readonly RowRange[];
  /** [ranges + 1] number of the first event of each range, and of all events. */
  readonly #firsts: Float64Array;

  constructor(ranges: readonly RowRange[]) {
    this.#ranges = ranges.filter(({ count }) => count > 0);
    this.#firsts = new Float64Array(this.#ranges.length + 1);
    for (const [i, { count }] of this.#ranges.entries()) this.#firsts[i + 1] = this.#firsts[i]! + count;
    this.count = this.#firsts[this.#ranges.length]!;
  }

  /** Where events `start` to `start + count` of the split stand. */
  slice(start: number, count: number): RowRange[] {
    const found: RowRange[] = [];
    for (let i = this.#rangeOf(start), event = start; event < start + count; i++) {
      const within = event - this.#firsts[i]!;
      const taken = Math.min(this.#ranges[i]!.count - within, start + count - event);
      found.push({ start: this.#ranges[i]!.start + within, count: taken });
      event += taken;
    }
    return found;
  }

  /** At most so many of the events, in equal parts of each range. */
  limited(most = Number.POSITIVE_INFINITY): SplitRows {
    if (most >= this.count) return this;
    const upTo = (i: number): number => Math.floor((this.#firsts[i]! * most) / this.count);
    return new SplitRows(this.#ranges.map(({ start }, i) => ({ start, count: upTo(i + 1) - upTo(i) })));
  }

  #rangeOf(event: number): number {
    let [low, high] = [0, this.#ranges.length];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#firsts[middle]! <= event) low = middle;
      else high = middle;
    }
    return low;
  }
}

/**
 * All rows of samples that follow one another, in turn: of each stripe of about `stripe` events every sample has a
 * part, in proportion to its events.
 */
export function interleavedRows(samples: readonly number[], stripe: number): SplitRows {
  const stripes = Math.ceil(samples.reduce((sum, events) => sum + events, 0) / stripe);
  const ranges: RowRange[] = [];
  for (let i = 0; i < stripes; i++) {
    let first = 0;
    for (const events of samples) {
      const [start, end] = [Math.floor((i * events) / stripes), Math.floor(((i + 1) * events) / stripes)];
      ranges.push({ start: first + start, count: end - start });
      first += events;
    }
  }
  return new SplitRows(ranges);
}

/** How many events of a file each split gets. */
export type SplitCounts = Readonly<Record<Split, number>>;

/** Training events first, then those for validation, then those for tests. */
export function tailRows({ train, validation, test }: SplitCounts): Record<Split, SplitRows> {
  return {
    train: new SplitRows([{ start: 0, count: train }]),
    validation: new SplitRows([{ start: train, count: validation }]),
    test: new SplitRows([{ start: train + validation, count: test }]),
  };
}

/** Held-out events are at so many places of a large file at least, if there are as many. */
const LEAST_PLACES = 32;

/**
 * Held-out events spread evenly over the file. It is cut into as many stripes as there are places, and in the middle of
 * each some neighbouring events are held out. In a file of no more than `smallRows` each event has a place of its own;
 * in a larger one they are few, at least 32, and as long as `chunkRows` where there are enough events: chunks are read
 * whole.
 */
export function spreadRows(
  counts: SplitCounts,
  { chunkRows, smallRows }: { readonly chunkRows: number; readonly smallRows: number },
): Record<Split, SplitRows> {
  const { train, validation, test } = counts;
  const held = validation + test;
  const most = Math.max(validation, test);
  const few = Math.max(LEAST_PLACES, Math.floor(held / Math.max(chunkRows, 1)));
  const places = train + held <= smallRows ? most : Math.min(most, few);
  const ranges: Record<Split, RowRange[]> = { train: [], validation: [], test: [] };
  for (let place = 0, row = 0; place < places; place++) {
    const share = (count: number): number =>
      Math.floor(((place + 1) * count) / places) - Math.floor((place * count) / places);
    const before = Math.floor(share(train) / 2);
    for (const [split, count] of [
      ['train', before],
      ['validation', share(validation)],
      ['test', share(test)],
      ['train', share(train) - before],
    ] as const) {
      ranges[split].push({ start: row, count });
      row += count;
    }
  }
  return {
    train: new SplitRows(ranges.train),
    validation: new SplitRows(ranges.validation),
    test: new SplitRows(ranges.test),
  };
}

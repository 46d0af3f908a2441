import type { EventSource, Split } from '@unfold-zoo/core';
import { partonWidth, readEvents, truePartons } from '@unfold-zoo/core/events';
import {
  LARGEST_ARRAY,
  type NumberColumn,
  type PartonColumns,
  partonColumns,
  ScratchColumns,
  ScratchFile,
} from '@unfold-zoo/metrics';

/** Somewhere to put the truth of events. */
interface TruthStore {
  /** Rows [n, P] of events from the `first` on. */
  add(partons: Float32Array, first: number): void;
  columns(weights?: NumberColumn): PartonColumns;
}

/**
 * Reads the truth of events. What is larger than the largest array, in bytes, lies in the folder for temporary files;
 * it can be read until the reader is disposed of.
 */
export class TruthReader {
  readonly #source: EventSource;
  readonly #largest: number;
  readonly #files: ScratchFile[] = [];

  constructor(source: EventSource, largestArray = LARGEST_ARRAY) {
    this.#source = source;
    this.#largest = largestArray;
  }

  /** The truth of `count` events of a split, from `first` on. */
  async read(split: Split, first: number, count: number): Promise<PartonColumns> {
    const { blockSize } = this.#source;
    const truth = this.#store(count);
    let weights: Float32Array | undefined;
    for (let start = 0; start < count; start += blockSize) {
      const block = await readEvents(this.#source, split, first + start, Math.min(blockSize, count - start));
      truth.add(truePartons(block), start);
      if (block.weights) {
        weights ??= new Float32Array(count);
        weights.set(block.weights, start);
      }
    }
    return truth.columns(weights);
  }

  /** The truth of `count` events that are spread evenly over a split. */
  async readSpread(split: Split, count: number): Promise<PartonColumns> {
    const { blockSize, spec } = this.#source;
    const width = partonWidth(spec);
    const size = this.#source.count(split);
    const place = (i: number): number => Math.floor((i * size) / count);
    const truth = this.#store(count);
    const weights = new Float32Array(count).fill(1);
    let isWeighted = false;
    for (let start = 0, i = 0; i < count; start += blockSize) {
      const block = await readEvents(this.#source, split, start, Math.min(blockSize, size - start));
      const partons = truePartons(block);
      isWeighted ||= block.weights !== undefined;
      const first = i;
      for (; i < count && place(i) < start + block.size; i++)
        if (block.weights) weights[i] = block.weights[place(i) - start]!;
      const chosen = new Float32Array((i - first) * width);
      for (let k = first; k < i; k++) {
        const row = place(k) - start;
        chosen.set(partons.subarray(row * width, (row + 1) * width), (k - first) * width);
      }
      truth.add(chosen, first);
    }
    return truth.columns(isWeighted ? weights : undefined);
  }

  #store(count: number): TruthStore {
    const { spec } = this.#source;
    const width = partonWidth(spec);
    if (Float32Array.BYTES_PER_ELEMENT * count * width > this.#largest) {
      const file = new ScratchFile();
      this.#files.push(file);
      return new ScratchColumns(file, spec, count);
    }
    const partons = new Float32Array(count * width);
    return {
      add: (rows, first) => partons.set(rows, first * width),
      columns: (weights) => partonColumns(spec, partons, weights),
    };
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) file[Symbol.dispose]();
  }
}

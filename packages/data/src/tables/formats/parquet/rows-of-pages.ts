import type { Column } from '../../../files/raw-events.js';
import type { ColumnBlock } from '../../table-file.js';
import type { PageBlock } from './page-block.js';
import { giveBack, takeMemory } from './page-memory.js';

type NumbersType = Float64ArrayConstructor;

/** A block, and the memory that it is in; none once it is given back. */
interface HeldBlock extends ColumnBlock {
  readonly memory: Uint8Array<ArrayBuffer>[];
}

/** Says that nobody reads a block of `RowsOfPages` any more; others have no memory to give back. */
export function giveBackBlock(block: ColumnBlock): void {
  for (const memory of (block as Partial<HeldBlock>).memory?.splice(0) ?? []) giveBack(memory);
}

/** Rows of a column as they are copied from its pages, to memory of their own. */
export class RowsOfPages {
  /** How many there will be. */
  readonly #rows: number;
  #values: Column = new Float64Array(0);
  #memory: Uint8Array<ArrayBuffer> | undefined;
  /** Values so far. */
  #filled = 0;
  #counts: Int32Array | undefined;
  #memoryOfCounts: Uint8Array<ArrayBuffer> | undefined;
  /** Rows so far, of a column of lists. */
  #counted = 0;

  constructor(rows: number) {
    this.#rows = rows;
  }

  /** Adds rows `from` to `to` of a page. */
  add({ values, ends }: PageBlock, from: number, to: number): void {
    if (!ends) {
      this.#append(values, from, to, this.#rows);
      return;
    }
    const counts = this.#countsOfRows();
    for (let row = from; row < to; row++) counts[this.#counted++] = ends[row + 1]! - ends[row]!;
    this.#append(values, ends[from]!, ends[to]!);
  }

  /** Adds what stands before the first row of a page, which is of the last row of those before. */
  addToLastRow({ values, ends }: PageBlock): void {
    const count = ends![0]!;
    if (count === 0) return;
    this.#countsOfRows()[this.#counted - 1]! += count;
    this.#append(values, 0, count);
  }

  /** What was added. */
  block(): ColumnBlock {
    const memory = [this.#memory, this.#memoryOfCounts].filter((each) => each !== undefined);
    const values = this.#values.subarray(0, this.#filled) as Column;
    const counts = this.#counts && { counts: this.#counts.subarray(0, this.#counted) };
    return { values, ...counts, memory } as HeldBlock;
  }

  #countsOfRows(): Int32Array {
    if (this.#counts) return this.#counts;
    this.#memoryOfCounts = takeMemory(this.#rows * Int32Array.BYTES_PER_ELEMENT);
    this.#counts = new Int32Array(this.#memoryOfCounts.buffer, 0, this.#rows);
    return this.#counts;
  }

  /** @param room how many values there will be, where that is known. */
  #append(values: Column, from: number, to: number, room = 0): void {
    const needed = this.#filled + to - from;
    // Pages of one column that are not of one type, as one with nulls is, become doubles.
    const isOfOneType = !this.#memory || values.constructor === this.#values.constructor;
    const Type = isOfOneType ? (values.constructor as NumbersType) : Float64Array;
    if (Type !== this.#values.constructor || needed > this.#values.length) this.#move(Type, Math.max(needed, room));
    const numbers = values.subarray(from, to) as Column;
    (this.#values as Float64Array).set(asNumbersOf(this.#values, numbers), this.#filled);
    this.#filled = needed;
  }

  #move(Type: NumbersType, length: number): void {
    const memory = takeMemory(length * Type.BYTES_PER_ELEMENT);
    const values = new Type(memory.buffer, 0, length);
    if (this.#memory) {
      values.set(asNumbersOf(values, this.#values.subarray(0, this.#filled) as Column));
      giveBack(this.#memory);
    }
    [this.#memory, this.#values] = [memory, values];
  }
}

/** Numbers that an array takes: whole ones of 64 bits only one of their type does. */
function asNumbersOf(into: Column, numbers: Column): Float64Array {
  const isBig = numbers instanceof BigInt64Array || numbers instanceof BigUint64Array;
  if (!isBig || into.constructor === numbers.constructor) return numbers as Float64Array;
  return Float64Array.from(numbers as ArrayLike<unknown>, Number);
}

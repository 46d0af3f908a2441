import type { FileBytes } from '../../file-bytes.js';
import { ReadAhead } from './read-ahead.js';

/** Columns of fewer bytes are read together with those behind them, of other columns, and so many bytes of these. */
const SMALL = 2 ** 16;
const MANY_SMALL = 2 ** 18;
/** Bytes that are read with a page, for the header of the next. */
const NEXT_HEADER = 2 ** 10;
/** Bytes that are read ahead for all columns together, and for one. */
const ROOM = 2 ** 24;
const ROOM_OF_ONE = 2 ** 18;

/** The bytes of a file that are read ahead: what stands in a row, and of columns that are read in turn each its own. */
export class AheadOfColumns {
  readonly common: ReadAhead;
  readonly file: FileBytes;
  /** In the order of their last use. */
  readonly #own = new Map<number, ReadAhead>();
  #columns = 1;

  constructor(file: FileBytes) {
    this.file = file;
    this.common = new ReadAhead(file);
  }

  /** Says how many columns are read in turn. */
  use(columns: number): void {
    this.#columns = Math.max(this.#columns, columns);
  }

  /** Bytes that are read ahead for one of them. */
  get room(): number {
    return Math.min(Math.floor(ROOM / this.#columns), ROOM_OF_ONE);
  }

  /** What is read ahead of the column that begins at a place; of those used longest ago no more than there is room. */
  ownOf(start: number): ReadAhead {
    const own = this.#own.get(start) ?? new ReadAhead(this.file);
    this.#own.delete(start);
    this.#own.set(start, own);
    let size = 0;
    for (const each of this.#own.values()) size += each.size;
    for (const [oldest, each] of this.#own) {
      if (size <= ROOM || each === own) break;
      size -= each.size;
      each.clear();
      this.#own.delete(oldest);
    }
    return own;
  }

  /** What was read ahead of it, if it is still there. */
  knownOf(start: number): ReadAhead | undefined {
    return this.#own.get(start);
  }

  /** Forgets it, as of a column whose pages are too large to be read with others. */
  clearOwnOf(start: number): void {
    this.#own.get(start)?.clear();
    this.#own.delete(start);
  }

  clear(): void {
    for (const each of [this.common, ...this.#own.values()]) each.clear();
    this.#own.clear();
  }
}

/** The bytes of a column of a row group. Those of a few pages are read at once, where several fit into its room. */
export class ColumnBytes {
  /** Where the column begins and ends in the file. */
  readonly start: number;
  readonly end: number;
  readonly #ahead: AheadOfColumns;

  constructor(ahead: AheadOfColumns, [start, end]: readonly [number, number]) {
    this.#ahead = ahead;
    [this.start, this.end] = [start, end];
  }

  /** Bytes, which hold until others are read. @throws UserError for bytes that are not there. */
  async read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const held = this.held(start);
    if (held.length >= length) return held.subarray(0, length);
    const { common, room } = this.#ahead;
    if (start === this.start && this.end - start < SMALL) return common.read(start, length, MANY_SMALL);
    if (2 * length > room) {
      this.#ahead.clearOwnOf(this.start);
      return common.read(start, length, NEXT_HEADER);
    }
    return this.#ahead.ownOf(this.start).read(start, length, Math.min(room, this.end - start) - length);
  }

  /** Bytes, while those that were read before hold too. */
  async readBeside(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const held = this.held(start);
    return held.length >= length ? held.subarray(0, length) : this.#ahead.file.read(start, length);
  }

  /** Those at hand from a place on. */
  held(start: number): Uint8Array<ArrayBuffer> {
    const own = this.#ahead.knownOf(this.start)?.held(start);
    const common = this.#ahead.common.held(start);
    return own && own.length > common.length ? own : common;
  }
}

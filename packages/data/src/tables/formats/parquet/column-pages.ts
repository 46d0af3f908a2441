import type { DecodedArray } from 'hyparquet';
import type { Column } from '../../../files/raw-events.js';
import { joinBlocks } from '../../column-blocks.js';
import type { ByteRanges } from '../../file-bytes.js';
import type { Kept } from '../../kept.js';
import { numbersFrom } from '../../nested-rows.js';
import type { ColumnBlock } from '../../table-file.js';
import {
  bytesOf,
  type ColumnChunk,
  type ColumnLevels,
  checkChunk,
  countOf,
  dictionaryOf,
  levelsOf,
  numbersOf,
  type PageNumbers,
  type PagePlace,
  pageAt,
  pageNumbers,
} from './pages.js';

/** Parts of a page that are at least one in so many are not copied. */
const VIEWED = 8;

/** The entries of a page: of a column of lists those of each row that begins in it, behind those of the row before. */
interface PageBlock {
  readonly values: Column;
  /** [rows] where they end among the values, with where the first begins in front; absent where a row is a number. */
  readonly ends?: Uint32Array;
}

/** A page of data, and the rows that begin in it. */
interface DataPage extends PagePlace {
  readonly firstRow: number;
  readonly rows: number;
}

/** A column of a row group, read page by page: what is decoded is kept while there is room. */
export class ColumnPages {
  readonly #bytes: ByteRanges;
  readonly #chunk: ColumnChunk;
  readonly #levels: ColumnLevels;
  readonly #end: number;
  readonly #kept: Kept<PageBlock | DecodedArray>;
  /** Those that have been found so far. */
  readonly #pages: DataPage[] = [];
  #dictionary: PagePlace | undefined;
  #next: number;
  #numbers = 0;

  constructor(bytes: ByteRanges, chunk: ColumnChunk, kept: Kept<PageBlock | DecodedArray>) {
    checkChunk(chunk);
    this.#bytes = bytes;
    this.#chunk = chunk;
    this.#kept = kept;
    this.#levels = levelsOf(chunk.path);
    [this.#next, this.#end] = bytesOf(chunk);
  }

  /** Rows `start` to `end` of the row group. @throws Error for damage. */
  async read(start: number, end: number): Promise<ColumnBlock> {
    await this.#findPages(end);
    const parts: ColumnBlock[] = [];
    for (const page of this.#pages) {
      const last = page.firstRow + page.rows;
      if (last < start || page.firstRow > end) continue;
      const block = await this.#decoded(page);
      const [from, to] = [Math.max(start, page.firstRow), Math.min(end, last)].map((row) => row - page.firstRow);
      if (block.ends && page.firstRow > start) addToLastRow(parts, block);
      if (to! > from!) parts.push(rowsOf(block, from!, to!));
      // Whoever goes on in order is done with it.
      if (last < end) this.#kept.leave(keyOf(page));
    }
    return joinBlocks(parts);
  }

  /** Finds the pages of all rows up to one, and the page behind them, in which the last row may go on. */
  async #findPages(end: number): Promise<void> {
    const { rows } = this.#chunk;
    const isList = this.#levels.repetition > 0;
    const found = (): number => (this.#pages.at(-1)?.firstRow ?? 0) + (this.#pages.at(-1)?.rows ?? 0);
    while ((isList ? found() <= end : found() < end) && this.#next < this.#end - 1) await this.#findPage(found());
    if (found() < end || found() > rows) throw new Error(`it has ${found()} rows of ${rows} in a row group`);
  }

  async #findPage(firstRow: number): Promise<void> {
    const place = await pageAt(this.#bytes, this.#next, this.#end);
    this.#next = place.end;
    if (place.header.type === 'DICTIONARY_PAGE') this.#dictionary = place;
    const numbers = numbersOf(place.header);
    this.#numbers += numbers;
    const most = Number(this.#chunk.meta.num_values);
    if (!(numbers >= 0 && this.#numbers <= most)) throw new Error(`its pages have more than its ${most} numbers`);
    if (numbers === 0) return;
    const block = this.#levels.repetition > 0 ? await this.#decoded(place) : undefined;
    const rows = block ? block.ends!.length - 1 : numbers;
    if (block && this.#pages.length === 0 && block.ends![0]! > 0) throw new Error('its first page goes on with a row');
    this.#pages.push({ ...place, firstRow, rows });
  }

  #decoded(page: PagePlace): Promise<PageBlock> {
    return this.#kept.get(keyOf(page), async () => {
      const place = this.#dictionary;
      const dictionary =
        place && (await this.#kept.get(keyOf(place), () => dictionaryOf(this.#bytes, this.#chunk, place)));
      const numbers = await pageNumbers(this.#bytes, this.#chunk, { page, dictionary: dictionary as DecodedArray });
      return blockOfPage(numbers, this.#levels);
    }) as Promise<PageBlock>;
  }
}

/** What a page is kept under: no two begin at one byte. */
function keyOf({ start }: PagePlace): string {
  return `${start}`;
}

function blockOfPage({ values, definition, repetition }: PageNumbers, levels: ColumnLevels): PageBlock {
  if (!repetition) return { values: withNulls(values, definition, { ...levels, entry: 0 }) };
  const ends = new Uint32Array(countOf(repetition, 0) + 1);
  let [rows, entries] = [0, 0];
  for (let i = 0; i < repetition.length; i++) {
    ends[rows] = entries; // of the row that begins here, or anew further on
    rows += isLess(repetition[i]!, 1);
    entries += definition ? 1 - isLess(definition[i]!, levels.entry) : 1;
  }
  ends[rows] = entries;
  return { values: withNulls(values, definition, levels, entries), ends };
}

/** 1 or 0, without a branch that is taken by chance. */
function isLess(level: number, other: number): number {
  return (level - other) >>> 31;
}

/** Values with NaN where one is null: its level is that of an entry or more, and less than the most. */
function withNulls(
  values: DecodedArray,
  levels: Uint8Array | undefined,
  { definition, entry }: ColumnLevels,
  entries = levels?.length ?? values.length,
): Column {
  const there = ArrayBuffer.isView(values) ? (values as Column) : numbersFrom(values);
  if (entries === there.length) return there;
  const filled = new Float64Array(entries).fill(Number.NaN);
  let [at, next] = [0, 0];
  for (const level of levels!) {
    if (level < entry) continue;
    if (level === definition) filled[at] = Number(there[next++]);
    at++;
  }
  return filled;
}

function rowsOf({ values, ends }: PageBlock, from: number, to: number): ColumnBlock {
  if (!ends) return { values: part(values, from, to) };
  const counts = new Int32Array(to - from);
  for (let i = 0; i < counts.length; i++) counts[i] = ends[from + i + 1]! - ends[from + i]!;
  return { values: part(values, ends[from]!, ends[to]!), counts };
}

/** A view of a good part of a page; a copy of a small one, for which the page would stay in memory. */
function part(values: Column, from: number, to: number): Column {
  return (to - from) * VIEWED >= values.length ? values.subarray(from, to) : values.slice(from, to);
}

/** Entries before the first row of a page are of the last row of those before. */
function addToLastRow(parts: ColumnBlock[], { values, ends }: PageBlock): void {
  const count = ends![0]!;
  if (count === 0) return;
  const last = parts.pop()!;
  const counts = last.counts!;
  counts[counts.length - 1]! += count;
  parts.push({ ...joinBlocks([{ values: last.values }, { values: values.slice(0, count) }]), counts });
}

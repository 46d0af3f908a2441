import { joinBlocks } from '../../column-blocks.js';
import type { ByteRanges } from '../../file-bytes.js';
import type { Kept } from '../../kept.js';
import type { ColumnBlock } from '../../table-file.js';
import { blockOfPage, type PageBlock } from './page-block.js';
import { PageDecoder } from './page-numbers.js';
import type { HeldValues } from './page-values.js';
import {
  bytesOf,
  type ColumnChunk,
  type ColumnLevels,
  checkChunk,
  levelsOf,
  numbersOf,
  type PagePlace,
  pageAt,
} from './pages.js';

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
  readonly #kept: Kept<HeldValues>;
  /** Those that have been found so far. */
  readonly #pages: DataPage[] = [];
  #decoder: PageDecoder | undefined;
  #dictionary: PagePlace | undefined;
  #next: number;
  #numbers = 0;

  constructor(bytes: ByteRanges, chunk: ColumnChunk, kept: Kept<HeldValues>) {
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
      const [from, to] = [Math.max(start, page.firstRow) - page.firstRow, Math.min(end, last) - page.firstRow];
      await this.#take(page, (block) => {
        if (block.ends && page.firstRow > start) addToLastRow(parts, block);
        if (to > from) parts.push(rowsOf(block, from, to));
      });
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
    const isList = this.#levels.repetition > 0;
    const ends = isList ? await this.#take(place, (block) => block.ends) : undefined;
    if (ends && this.#pages.length === 0 && ends[0]! > 0) throw new Error('its first page goes on with a row');
    this.#pages.push({ ...place, firstRow, rows: ends ? ends.length - 1 : numbers });
  }

  /** What is taken from the entries of a page, whose memory is used again some time after. */
  #take<Taken>(page: PagePlace, take: (block: PageBlock) => Taken): Promise<Taken> {
    return this.#kept.get(
      keyOf(page),
      () => this.#decoded(page),
      (block) => take(block as PageBlock),
    );
  }

  async #decoded(page: PagePlace): Promise<PageBlock> {
    this.#decoder ??= await PageDecoder.of(this.#chunk);
    const decoder = this.#decoder;
    const packed = await this.#packed(page);
    const decode = (dictionary?: HeldValues): PageBlock =>
      blockOfPage(decoder.numbers(page.header, packed, dictionary?.values), this.#levels);
    const place = this.#dictionary;
    if (!place) return decode();
    return this.#kept.get(
      keyOf(place),
      async () => decoder.dictionary(place.header, await this.#packed(place)),
      (dictionary) => decode(dictionary),
    );
  }

  #packed({ start, end }: PagePlace): Promise<Uint8Array> {
    return this.#bytes.read(start, end - start);
  }
}

/** What a page is kept under: no two begin at one byte. */
function keyOf({ start }: PagePlace): string {
  return `${start}`;
}

function rowsOf({ values, ends }: PageBlock, from: number, to: number): ColumnBlock {
  if (!ends) return { values: values.slice(from, to) };
  const counts = new Int32Array(to - from);
  for (let i = 0; i < counts.length; i++) counts[i] = ends[from + i + 1]! - ends[from + i]!;
  return { values: values.slice(ends[from]!, ends[to]!), counts };
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

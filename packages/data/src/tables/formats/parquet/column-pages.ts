import type { Kept } from '../../kept.js';
import type { ColumnBlock } from '../../table-file.js';
import { type AheadOfColumns, ColumnBytes } from './column-bytes.js';
import { blockOfPage, type PageBlock } from './page-block.js';
import { PageDecoder } from './page-numbers.js';
import { type HeldValues, isOfDictionary } from './page-values.js';
import {
  bytesOf,
  type ColumnChunk,
  type ColumnLevels,
  checkChunk,
  encodingOf,
  levelsOf,
  numbersOf,
  type PagePlace,
  packedPage,
  pageAt,
  pageAtHand,
} from './pages.js';
import { RowsOfPages } from './rows-of-pages.js';

/** A page of data, and the rows that begin in it. */
interface DataPage extends PagePlace {
  readonly firstRow: number;
  readonly rows: number;
}

/** A column of a row group, read page by page: what is decoded is kept while there is room. */
export class ColumnPages {
  readonly #chunk: ColumnChunk;
  readonly #bytes: ColumnBytes;
  readonly #levels: ColumnLevels;
  readonly #kept: Kept<HeldValues>;
  /** Those that have been found so far. */
  readonly #pages: DataPage[] = [];
  #decoder: PageDecoder | undefined;
  #dictionary: PagePlace | undefined;
  /** Where the next begins, and its place if that was at hand. */
  #next: number;
  #nextPlace: PagePlace | undefined;
  #numbers = 0;
  /** Row up to which it was read last. */
  #lastEnd = 0;

  constructor(ahead: AheadOfColumns, chunk: ColumnChunk, kept: Kept<HeldValues>) {
    checkChunk(chunk);
    this.#chunk = chunk;
    this.#kept = kept;
    this.#levels = levelsOf(chunk.path);
    this.#bytes = new ColumnBytes(ahead, bytesOf(chunk));
    this.#next = this.#bytes.start;
  }

  /** Rows `start` to `end` of the row group. @throws Error for damage. */
  async read(start: number, end: number): Promise<ColumnBlock> {
    const isInOrder = start === this.#lastEnd;
    await this.#findPages(end);
    const rows = new RowsOfPages(end - start);
    for (let i = this.#firstPageOf(start); i < this.#pages.length && this.#pages[i]!.firstRow <= end; i++) {
      const page = this.#pages[i]!;
      const last = page.firstRow + page.rows;
      const [from, to] = [Math.max(start, page.firstRow) - page.firstRow, Math.min(end, last) - page.firstRow];
      await this.#take(page, (block) => {
        if (block.ends && page.firstRow > start) rows.addToLastRow(block);
        if (to > from) rows.add(block, from, to);
      });
      // Whoever goes on in order is done with it: to decode it again is less work than to use other memory each time.
      if (last < end && isInOrder) this.#kept.drop(keyOf(page));
      else if (last < end) this.#kept.leave(keyOf(page));
    }
    this.#lastEnd = end;
    return rows.block();
  }

  /** The place of the first page that does not end before a row; its last row may go on in the next. */
  #firstPageOf(row: number): number {
    let [from, to] = [0, this.#pages.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      const { firstRow, rows } = this.#pages[middle]!;
      if (firstRow + rows < row) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** Finds the pages of all rows up to one, and the page behind them, in which the last row may go on. */
  async #findPages(end: number): Promise<void> {
    const { rows } = this.#chunk;
    const isList = this.#levels.repetition > 0;
    const found = (): number => (this.#pages.at(-1)?.firstRow ?? 0) + (this.#pages.at(-1)?.rows ?? 0);
    while ((isList ? found() <= end : found() < end) && this.#next < this.#bytes.end - 1) await this.#findPage(found());
    if (found() < end || found() > rows) throw new Error(`it has ${found()} rows of ${rows} in a row group`);
  }

  async #findPage(firstRow: number): Promise<void> {
    const place = this.#nextPlace ?? (await pageAt(this.#bytes, this.#next));
    this.#next = place.end;
    this.#nextPlace = undefined;
    if (place.header.type === 'DICTIONARY_PAGE') await this.#findDictionary(place);
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

  /** Decodes it while its bytes are at hand. */
  async #findDictionary(place: PagePlace): Promise<void> {
    this.#dictionary = place;
    await packedPage(this.#bytes, place);
    await this.#withDictionary(() => {});
    this.#nextPlace = pageAtHand(this.#bytes, place.end);
  }

  async #decoded(page: PagePlace): Promise<PageBlock> {
    const decoder = await this.#decoderOf();
    const packed = await packedPage(this.#bytes, page);
    if (page.end === this.#next) this.#nextPlace = pageAtHand(this.#bytes, page.end);
    const decode = (dictionary?: HeldValues): PageBlock =>
      blockOfPage(decoder.numbers(page.header, packed, dictionary?.values), this.#levels);
    return isOfDictionary(encodingOf(page.header)) ? this.#withDictionary(decode) : decode();
  }

  async #withDictionary<Taken>(take: (dictionary: HeldValues | undefined) => Taken): Promise<Taken> {
    const place = this.#dictionary;
    if (!place) return take(undefined);
    const { start, end, header } = place;
    const decoded = async () =>
      (await this.#decoderOf()).dictionary(header, await this.#bytes.readBeside(start, end - start));
    return this.#kept.get(keyOf(place), decoded, take);
  }

  async #decoderOf(): Promise<PageDecoder> {
    this.#decoder ??= await PageDecoder.of(this.#chunk);
    return this.#decoder;
  }
}

/** What a page is kept under: no two begin at one byte. */
function keyOf({ start }: PagePlace): string {
  return `${start}`;
}

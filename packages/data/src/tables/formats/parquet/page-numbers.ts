import type { PageHeader } from 'hyparquet';
import {
  countLess,
  levelsBefore,
  levelsOfSecond,
  type PageLevels,
  type PageRows,
  rowsByLevels,
} from './page-levels.js';
import { giveBack, takeMemory } from './page-memory.js';
import { type HeldPage, type HeldValues, ValueReader } from './page-values.js';
import { type ColumnChunk, type ColumnLevels, encodingOf, levelsOf, numbersOf } from './pages.js';
import { type Unpacker, unpackerOf } from './unpack.js';

/** The numbers of a page as they were written: those that are not null, and levels that say which these are. */
export interface PageNumbers extends HeldValues {
  readonly definition: Uint8Array | undefined;
  /** Absent where each row is a number. */
  readonly rows: PageRows | undefined;
}

/** Pages of a column of a row group to numbers. */
export class PageDecoder {
  readonly #unpack: Unpacker;
  readonly #values: ValueReader;
  readonly #levels: ColumnLevels;

  private constructor(unpack: Unpacker, values: ValueReader, levels: ColumnLevels) {
    this.#unpack = unpack;
    this.#values = values;
    this.#levels = levels;
  }

  /** @throws Error for a compression that is not known. */
  static async of(chunk: ColumnChunk): Promise<PageDecoder> {
    return new PageDecoder(await unpackerOf(chunk.meta), await ValueReader.of(chunk), levelsOf(chunk.path));
  }

  /** The values that pages name by their places. @throws Error for what cannot be. */
  dictionary(header: PageHeader, packed: Uint8Array): HeldValues {
    const size = header.uncompressed_page_size;
    const count = header.dictionary_page_header?.num_values ?? 0;
    if (!(count >= 0 && count <= size)) throw new Error(`a dictionary of ${count} values in ${size} bytes`);
    return this.#values.plain({ memory: this.#unpack(packed, size), size }, count);
  }

  /** The numbers of a page of data. @throws Error for what cannot be. */
  numbers(header: PageHeader, packed: Uint8Array, dictionary: HeldValues['values'] | undefined): PageNumbers {
    const { memory, size, definition, repetition } = header.data_page_header_v2
      ? this.#secondVersion(header, packed)
      : this.#firstVersion(header, packed);
    const rows = repetition && rowsByLevels(repetition, definition, this.#levels);
    const nulls = definition && !rows ? countLess(definition, this.#levels.definition) : 0;
    const count = rows?.present ?? numbersOf(header) - nulls;
    const encoding = encodingOf(header);
    const found = this.#values.read({ memory, size }, { encoding, count, dictionary });
    if (found.memory !== memory) giveBack(memory);
    return { ...found, definition, rows };
  }

  /** Levels are compressed with the values. */
  #firstVersion(header: PageHeader, packed: Uint8Array): HeldPage & PageLevels {
    const size = header.uncompressed_page_size;
    const memory = this.#unpack(packed, size);
    const { end, ...levels } = levelsBefore(memory.subarray(0, size), header, this.#levels);
    // To where numbers of any type may begin.
    if (end > 0) memory.copyWithin(0, end, size);
    return { memory, size: size - end, ...levels };
  }

  /** Levels are not compressed. */
  #secondVersion(header: PageHeader, packed: Uint8Array): HeldPage & PageLevels {
    const { end, ...levels } = levelsOfSecond(packed, header, this.#levels);
    const rest = packed.subarray(end);
    if (header.data_page_header_v2!.is_compressed) {
      const size = header.uncompressed_page_size - end;
      return { memory: this.#unpack(rest, size), size, ...levels };
    }
    const memory = takeMemory(rest.length);
    memory.set(rest);
    return { memory, size: rest.length, ...levels };
  }
}

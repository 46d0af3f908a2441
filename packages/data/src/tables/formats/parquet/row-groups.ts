import type { FileMetaData } from 'hyparquet';
import { joinBlocks } from '../../column-blocks.js';
import type { FileBytes } from '../../file-bytes.js';
import { Kept } from '../../kept.js';
import type { ColumnBlock } from '../../table-file.js';
import { damaged } from '../../table-mistakes.js';
import { AheadOfColumns } from './column-bytes.js';
import { ColumnPages } from './column-pages.js';
import { giveBackPage } from './page-block.js';
import type { HeldValues } from './page-values.js';
import { giveBackBlock } from './rows-of-pages.js';
import type { LeafColumn } from './schema.js';

/** The rows of one row group in the file. */
interface GroupRows {
  readonly group: number;
  readonly start: number;
  readonly count: number;
}

/** Columns of a Parquet file, of which the pages are decoded that are read, and kept while there is room. */
export class RowGroups {
  readonly #path: string;
  readonly #ahead: AheadOfColumns;
  readonly #metadata: FileMetaData;
  readonly #leaves: ReadonlyMap<string, LeafColumn>;
  readonly #groups: readonly GroupRows[];
  readonly #kept = new Kept<HeldValues>(giveBackPage);
  /** By group and column. */
  readonly #columns = new Map<string, ColumnPages>();
  /** Of each column a page is used in turn with those of others, and its dictionary. */
  readonly #valuesOfColumn: number;
  /** Ends when the last reading that was asked for does. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(bytes: FileBytes, metadata: FileMetaData, leaves: readonly LeafColumn[]) {
    this.#path = bytes.path;
    this.#ahead = new AheadOfColumns(bytes);
    this.#metadata = metadata;
    this.#leaves = new Map(leaves.map((leaf) => [leaf.column.name, leaf]));
    const chunks = metadata.row_groups.flatMap((group) => group.columns);
    this.#valuesOfColumn = chunks.some(({ meta_data }) => meta_data?.dictionary_page_offset) ? 2 : 1;
    let start = 0;
    this.#groups = metadata.row_groups.map(({ num_rows }, group) => {
      const count = Number(num_rows);
      start += count;
      return { group, start: start - count, count };
    });
  }

  /** Reads one after the other, whoever asks: pages of a column are found in order. */
  read(columns: readonly string[], start: number, count: number): Promise<ReadonlyMap<string, ColumnBlock>> {
    const turn = this.#turn.then(() => this.#readColumns(columns, start, count));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #readColumns(columns: readonly string[], start: number, count: number): Promise<Map<string, ColumnBlock>> {
    const blocks = new Map<string, ColumnBlock>();
    this.#kept.use(columns.length * this.#valuesOfColumn);
    this.#ahead.use(columns.length);
    for (const name of columns) {
      const parts: ColumnBlock[] = [];
      for (const rows of this.#groups) {
        const [first, end] = [Math.max(start, rows.start), Math.min(start + count, rows.start + rows.count)];
        if (end > first) parts.push(await this.#read(rows, name, [first - rows.start, end - rows.start]));
      }
      blocks.set(name, joinBlocks(parts));
      if (parts.length > 1) for (const part of parts) giveBackBlock(part);
    }
    return blocks;
  }

  /** Ends when what is being read has been: its memory will be of other files. */
  async close(): Promise<void> {
    await this.#turn;
    this.#kept.clear();
    this.#ahead.clear();
  }

  async #read(rows: GroupRows, name: string, [start, end]: readonly [number, number]): Promise<ColumnBlock> {
    const key = `${rows.group} ${name}`;
    try {
      const column = this.#columns.get(key) ?? this.#open(rows, this.#leaves.get(name)!);
      this.#columns.set(key, column);
      return await column.read(start, end);
    } catch (error) {
      throw damaged(this.#path, name, error);
    }
  }

  #open({ group, count }: GroupRows, { path }: LeafColumn): ColumnPages {
    const name = path.slice(1).map(({ element }) => element.name);
    const isIt = (names: readonly string[] = []) =>
      names.length === name.length && names.every((n, i) => n === name[i]);
    const chunk = this.#metadata.row_groups[group]!.columns.find(({ meta_data }) => isIt(meta_data?.path_in_schema));
    if (!chunk?.meta_data || chunk.file_path) throw new Error('a row group does not hold it');
    return new ColumnPages(this.#ahead, { meta: chunk.meta_data, path, rows: count }, this.#kept);
  }
}

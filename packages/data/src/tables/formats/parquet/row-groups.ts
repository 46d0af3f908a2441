import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { joinBlocks, sliceBlock } from '../../column-blocks.js';
import type { FileBytes } from '../../file-bytes.js';
import { blockOf } from '../../nested-rows.js';
import type { ColumnBlock } from '../../table-file.js';
import { damaged } from '../../table-mistakes.js';
import { checkedGroup } from './pages.js';
import type { LeafColumn } from './schema.js';

/** Bytes of decoded columns that are kept; those read last stay. */
const KEPT_BYTES = 2 ** 27;

/** The rows of one row group in the file. */
interface GroupRows {
  readonly group: number;
  readonly start: number;
  readonly count: number;
}

/**
 * Columns of a Parquet file, decoded a row group at a time and kept while they are read block by block: the numbers of
 * a row group can only be decoded together.
 */
export class RowGroups {
  readonly #path: string;
  readonly #file: AsyncBuffer;
  readonly #metadata: FileMetaData;
  readonly #leaves: ReadonlyMap<string, LeafColumn>;
  readonly #groups: readonly GroupRows[];
  /** By group and column, in the order of their last use. */
  readonly #kept = new Map<string, ColumnBlock>();
  #bytes = 0;

  constructor({ path }: FileBytes, file: AsyncBuffer, metadata: FileMetaData, leaves: readonly LeafColumn[]) {
    this.#path = path;
    this.#file = file;
    this.#metadata = metadata;
    this.#leaves = new Map(leaves.map((leaf) => [leaf.column.name, leaf]));
    let start = 0;
    this.#groups = metadata.row_groups.map(({ num_rows }, group) => {
      const count = Number(num_rows);
      start += count;
      return { group, start: start - count, count };
    });
  }

  async read(columns: readonly string[], start: number, count: number): Promise<ReadonlyMap<string, ColumnBlock>> {
    const blocks = new Map<string, ColumnBlock>();
    for (const name of columns) {
      const parts: ColumnBlock[] = [];
      for (const rows of this.#groups) {
        const [first, end] = [Math.max(start, rows.start), Math.min(start + count, rows.start + rows.count)];
        if (end <= first) continue;
        const whole = await this.#column(rows, name);
        parts.push(sliceBlock(whole, rows.count, first - rows.start, end - first));
      }
      blocks.set(name, joinBlocks(parts));
    }
    return blocks;
  }

  async #column(rows: GroupRows, name: string): Promise<ColumnBlock> {
    const key = `${rows.group} ${name}`;
    const known = this.#kept.get(key);
    if (known) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const decoded = await this.#decode(rows, this.#leaves.get(name)!);
    this.#keep(key, decoded);
    return decoded;
  }

  #keep(key: string, block: ColumnBlock): void {
    this.#kept.set(key, block);
    this.#bytes += bytesOf(block);
    for (const [oldest, each] of this.#kept) {
      if (this.#bytes <= KEPT_BYTES || oldest === key) break;
      this.#kept.delete(oldest);
      this.#bytes -= bytesOf(each);
    }
  }

  async #decode({ group, count }: GroupRows, { top, fields, column }: LeafColumn): Promise<ColumnBlock> {
    const parts: ColumnBlock[] = [];
    try {
      const { parquetRead } = await import('hyparquet');
      const checked = await checkedGroup(this.#file, { metadata: this.#metadata, group, top });
      await parquetRead({
        ...checked,
        columns: [top],
        onChunk: ({ columnData }) => {
          const rows = fields.reduce<ArrayLike<unknown>>(fieldOfEach, columnData);
          parts.push(isTyped(rows) ? { values: rows } : blockOf(rows, column.shape));
        },
      });
    } catch (error) {
      throw damaged(this.#path, column.name, error);
    }
    const block = joinBlocks(parts);
    const found = block.counts ? block.counts.length : block.values.length;
    if (found === count) return block;
    throw damaged(this.#path, column.name, new Error(`it has ${found} rows of ${count} in a row group`));
  }
}

function isTyped(rows: ArrayLike<unknown>): rows is ColumnBlock['values'] {
  return ArrayBuffer.isView(rows);
}

/** The field of each record, through lists of them. */
function fieldOfEach(rows: ArrayLike<unknown>, field: string): ArrayLike<unknown> {
  return Array.from(rows, (row) => fieldOf(row, field));
}

function fieldOf(row: unknown, field: string): unknown {
  if (row === null || row === undefined) return row;
  if (Array.isArray(row)) return row.map((each) => fieldOf(each, field));
  return (row as Record<string, unknown>)[field];
}

function bytesOf({ values, counts }: ColumnBlock): number {
  return values.byteLength + (counts?.byteLength ?? 0);
}

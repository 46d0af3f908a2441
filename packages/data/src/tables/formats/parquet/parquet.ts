import { UserError } from '@unfold-zoo/core';
import type { AsyncBuffer, FileMetaData, SchemaTree } from 'hyparquet';
import { METADATA } from '../../../writing/metadata.js';
import { beginWith, FileBytes } from '../../file-bytes.js';
import { foreignFile } from '../../foreign-file.js';
import type { ColumnBlock, FileFormat, TableColumn, TableFile } from '../../table-file.js';
import { damaged } from '../../table-mistakes.js';
import { RowGroups } from './row-groups.js';
import { giveBackBlock } from './rows-of-pages.js';
import { type LeafColumn, leafColumns } from './schema.js';

/** A Parquet file, of which a row group is decoded at a time. */
class ParquetFile implements TableFile {
  readonly columns: readonly TableColumn[];
  readonly #bytes: FileBytes;
  readonly #groups: RowGroups;
  readonly #metadata: FileMetaData;

  constructor(bytes: FileBytes, metadata: FileMetaData, leaves: readonly LeafColumn[]) {
    this.#bytes = bytes;
    this.#metadata = metadata;
    this.columns = leaves.map(({ column }) => column);
    this.#groups = new RowGroups(bytes, metadata, leaves);
  }

  get path(): string {
    return this.#bytes.path;
  }

  get blockRows(): number {
    return Number(this.#metadata.row_groups[0]?.num_rows ?? 0);
  }

  get metadata(): string | undefined {
    return this.#metadata.key_value_metadata?.find(({ key }) => key === METADATA)?.value;
  }

  async read(columns: readonly string[], start: number, count: number): Promise<ReadonlyMap<string, ColumnBlock>> {
    return this.#groups.read(columns, start, count);
  }

  giveBack(block: ColumnBlock): void {
    giveBackBlock(block);
  }

  async close(): Promise<void> {
    await this.#groups.close();
    await this.#bytes.close();
  }
}

/** A file as hyparquet reads it. */
function asyncBuffer(bytes: FileBytes): AsyncBuffer {
  return {
    byteLength: bytes.size,
    slice: async (start, end = bytes.size) => {
      const first = start < 0 ? Math.max(0, bytes.size + start) : start;
      return (await bytes.read(first, Math.min(end, bytes.size) - first)).buffer;
    },
  };
}

/** Parquet files with every compression that its standard names. */
export const parquetFormat: FileFormat = {
  kind: 'parquet',
  plural: 'Parquet files',
  extensions: ['.parquet', '.parq', '.pq'],
  async open(path) {
    const bytes = await FileBytes.open(path);
    try {
      await checkMagic(bytes);
      const { parquetMetadataAsync, parquetSchema } = await import('hyparquet');
      // Columns of maps are looked for without end in a schema whose counts are below zero; nobody reads them here.
      const metadata = await parquetMetadataAsync(asyncBuffer(bytes), { geoparquet: false });
      const tree: SchemaTree = parquetSchema(metadata);
      return new ParquetFile(bytes, metadata, leafColumns(tree, Number(metadata.num_rows)));
    } catch (error) {
      await bytes.close();
      throw damaged(path, 'its description of columns', error);
    }
  },
};

async function checkMagic(bytes: FileBytes): Promise<void> {
  if (!(await beginWith(bytes, 'PAR1'))) throw foreignFile(bytes.path, 'a Parquet file');
  const tail = Buffer.from(await bytes.read(bytes.size - 4, 4)).toString('latin1');
  if (tail === 'PARE') throw new UserError(`invalid file: ${bytes.path} is encrypted, which is not read`);
  if (tail !== 'PAR1') throw new UserError(`damaged ${bytes.path}: it is truncated; a Parquet file ends with PAR1`);
}

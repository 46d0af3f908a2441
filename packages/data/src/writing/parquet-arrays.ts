import type { SchemaElement } from 'hyparquet';
import type { ColumnSource, ParquetWriter } from 'hyparquet-writer';
import type { AttributeValue } from '../files/hdf5/writer.js';
import type { Column } from '../files/raw-events.js';
import type { ArrayColumn, ArrayStorage, ArrayWriter, WritableFormat } from './array-writer.js';
import { METADATA, metadataText } from './metadata.js';
import { type PlainColumn, plainColumns } from './plain-columns.js';
import { writeWholeFile } from './whole-file.js';

/** Bytes of numbers that become a row group, which readers decode as a whole. */
const GROUP_BYTES = 2 ** 24;

/** A block whose row group is not full. */
interface Block {
  readonly rows: number;
  readonly columns: readonly PlainColumn[];
}

/** Arrays as columns of a Parquet file: a number for each row, or a list. */
class ParquetArrays implements ArrayWriter {
  readonly #open: (schema: SchemaElement[]) => ParquetWriter;
  #writer: ParquetWriter | undefined;
  #columns: readonly ArrayColumn[] = [];
  #blocks: Block[] = [];
  #bytes = 0;

  constructor(open: (schema: SchemaElement[]) => ParquetWriter) {
    this.#open = open;
  }

  async append(rows: number, columns: readonly ArrayColumn[]): Promise<void> {
    this.#columns = columns;
    const rowBytes = columns.reduce((sum, { values }) => sum + values.byteLength, 0) / rows;
    const most = Math.max(1, Math.floor(GROUP_BYTES / rowBytes));
    for (let start = 0; start < rows; start += most) {
      const count = Math.min(most, rows - start);
      this.#blocks.push({ rows: count, columns: plainColumns(columns, rows, start, count) });
      this.#bytes += count * rowBytes;
      if (this.#bytes >= GROUP_BYTES) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    const [first] = this.#blocks;
    if (!first) return;
    this.#writer ??= this.#open(schemaOf(first.columns));
    const rowGroupSize = this.#blocks.reduce((sum, { rows }) => sum + rows, 0);
    const columnData = first.columns.map((_, i) => columnSource(this.#blocks.map(({ columns }) => columns[i]!)));
    await this.#writer.write({ columnData, rowGroupSize });
    this.#blocks = [];
    this.#bytes = 0;
  }

  async setAttributes(attributes: Readonly<Record<string, AttributeValue>>): Promise<void> {
    await this.#flush();
    const writer = this.#writer ?? this.#open(schemaOf([]));
    writer.kvMetadata = [{ key: METADATA, value: metadataText(attributes, this.#columns) }];
    await writer.finish();
  }
}

/** The same column of neighbouring blocks as the library takes it. */
function columnSource(blocks: readonly PlainColumn[]): ColumnSource {
  const { name } = blocks[0]!;
  const data = blocks.flatMap(({ rows }) => rows as unknown[]);
  return { name, data, encoding: 'PLAIN' };
}

const TYPES: Readonly<Record<string, Pick<SchemaElement, 'type' | 'converted_type'>>> = {
  Float32Array: { type: 'FLOAT' },
  Float64Array: { type: 'DOUBLE' },
  Int8Array: { type: 'INT32', converted_type: 'INT_8' },
  Int16Array: { type: 'INT32', converted_type: 'INT_16' },
  Int32Array: { type: 'INT32' },
  BigInt64Array: { type: 'INT64' },
  Uint8Array: { type: 'INT32', converted_type: 'UINT_8' },
  Uint16Array: { type: 'INT32', converted_type: 'UINT_16' },
  Uint32Array: { type: 'INT32', converted_type: 'UINT_32' },
  BigUint64Array: { type: 'INT64', converted_type: 'UINT_64' },
};

function schemaOf(columns: readonly PlainColumn[]): SchemaElement[] {
  return [{ name: 'root', num_children: columns.length }, ...columns.flatMap(elementsOf)];
}

function elementsOf({ name, isList, like }: PlainColumn): SchemaElement[] {
  const number = { ...TYPES[(like as Column).constructor.name]!, repetition_type: 'REQUIRED' as const };
  if (!isList) return [{ name, ...number }];
  return [
    { name, num_children: 1, converted_type: 'LIST', repetition_type: 'REQUIRED' },
    { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
    { name: 'element', ...number },
  ];
}

/** Parquet files. What is said of them is JSON by the key `metadata`. */
export const parquetArrays: WritableFormat = {
  kind: 'parquet',
  extensions: ['.parquet', '.parq', '.pq'],
  write: (path, { compressed }: ArrayStorage, fill) =>
    writeWholeFile(path, async (temporary) => {
      const { fileWriter, ParquetWriter } = await import('hyparquet-writer');
      const codec = compressed ? 'SNAPPY' : 'UNCOMPRESSED';
      await fill(new ParquetArrays((schema) => new ParquetWriter({ writer: fileWriter(temporary), schema, codec })));
    }),
};

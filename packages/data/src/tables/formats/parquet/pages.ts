import type {
  AsyncBuffer,
  ColumnMetaData,
  CompressionCodec,
  Compressors,
  FileMetaData,
  PageHeader,
  RowGroup,
  SchemaTree,
} from 'hyparquet';
import { RunWalker } from './runs.js';

/** Numbers of a column in one row group, which are decoded together; writers have a million rows or so. */
const MOST_NUMBERS = 2 ** 27;

/** A row group whose pages are checked as they are unpacked, as `parquetRead` takes it. */
export interface CheckedGroup {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly compressors: Compressors;
}

type Unpack = (input: Uint8Array, outputLength: number) => Uint8Array;
type Check = (page: Uint8Array) => void;

/**
 * A row group by itself whose pages are checked when they have been unpacked, before they are decoded: what a damaged
 * page says to repeat, hyparquet would. Each column's chunk stands under a compression of its own name, by which
 * hyparquet asks for its pages.
 * @param top the column of the file, with all that is below it.
 * @throws Error for pages that have more numbers than their column.
 */
export async function checkedGroup(
  source: AsyncBuffer,
  { metadata, group, top }: { readonly metadata: FileMetaData; readonly group: number; readonly top: string },
): Promise<CheckedGroup> {
  const [{ cachedAsyncBuffer, parquetSchema }, { getTreePath }, { compressors: known }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet/src/schema.js'),
    import('hyparquet-compressors'),
  ]);
  // What is checked is what is decoded then, and read once.
  const file = cachedAsyncBuffer(source);
  const tree = parquetSchema(metadata);
  const whole = metadata.row_groups[group]!;
  const compressors: Record<string, Unpack> = {};
  const columns: RowGroup['columns'] = [];
  for (const chunk of whole.columns) {
    const meta = chunk.meta_data;
    if (meta?.path_in_schema[0] !== top || chunk.file_path) {
      columns.push(chunk);
      continue;
    }
    const unpack = meta.codec === 'UNCOMPRESSED' ? (input: Uint8Array) => input : known[meta.codec];
    if (!unpack) throw new Error(`its compression ${meta.codec} is not known`);
    const name = `checked ${columns.length}`;
    const path = getTreePath(tree, meta.path_in_schema);
    compressors[name] = await checkedUnpack(file, meta, { path, unpack, rows: Number(whole.num_rows) });
    columns.push({ ...chunk, meta_data: { ...meta, codec: name as CompressionCodec } });
  }
  return {
    file,
    metadata: { ...metadata, row_groups: [{ ...whole, columns }] },
    compressors: compressors as Compressors,
  };
}

/** Where a column stands in the schema, how its pages are unpacked, and the rows of its group. */
interface ColumnPlace {
  readonly path: SchemaTree[];
  readonly unpack: Unpack;
  readonly rows: number;
}

/** Unpacks a page, and then checks it; pages are known by where their packed bytes begin in the chunk. */
async function checkedUnpack(file: AsyncBuffer, meta: ColumnMetaData, place: ColumnPlace): Promise<Unpack> {
  const checks = await checksOf(await chunkBytes(file, meta), meta, place);
  return (input, length) => {
    const check = checks.get(input.byteOffset);
    if (!check) throw new Error('it has more pages than numbers');
    if (length > Number(meta.total_uncompressed_size)) throw new Error(`a page of ${length} bytes, more than all are`);
    const page = place.unpack(input, length);
    check(page);
    return page;
  };
}

async function chunkBytes(file: AsyncBuffer, meta: ColumnMetaData): Promise<Uint8Array> {
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  return new Uint8Array(await file.slice(start, start + Number(meta.total_compressed_size)));
}

/** What to hold unpacked bytes against, by where their packed ones begin; levels that are not packed are checked. */
async function checksOf(
  chunk: Uint8Array,
  { num_values, type }: ColumnMetaData,
  { path, rows }: ColumnPlace,
): Promise<ReadonlyMap<number, Check>> {
  const [{ parquetHeader }, { getMaxDefinitionLevel, getMaxRepetitionLevel, isFlatColumn }] = await Promise.all([
    import('hyparquet/src/column.js'),
    import('hyparquet/src/schema.js'),
  ]);
  const [most, isFlat] = [Number(num_values), isFlatColumn(path)];
  if (isFlat && most !== rows) throw new Error(`it says ${most} numbers for ${rows} rows`);
  if (most > MOST_NUMBERS) throw new Error(`${most} numbers in a row group, of which ${MOST_NUMBERS} are read at most`);
  const levels = [getMaxRepetitionLevel(path), getMaxDefinitionLevel(path)] as const;
  const checks = new Map<number, Check>();
  const reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset: 0 };
  let seen = 0;
  // As hyparquet goes through them: behind the last number of a column that is not nested there may be anything.
  while (reader.offset < chunk.length - 1 && !(isFlat && seen >= most)) {
    const header = parquetHeader(reader);
    const [start, size] = [reader.offset, header.compressed_page_size];
    if (!(size >= 0)) throw new Error(`a page of ${size} bytes`);
    reader.offset += size;
    const shape = shapeOf(header, { type, levels });
    // A dictionary has its numbers one by one.
    if (!shape) checks.set(start, () => {});
    else addChecks(checks, shape, { start, page: chunk.subarray(start, reader.offset) });
    const numbers = shape?.numbers ?? 0;
    seen += numbers;
    if (!(numbers >= 0 && seen <= most)) throw new Error(`its pages have more than its ${most} numbers`);
  }
  return checks;
}

/** What the header of a page of data and its column say about the numbers in it. */
interface PageShape {
  readonly numbers: number;
  readonly encoding: string;
  readonly isBoolean: boolean;
  /** Greatest levels of repetition and of definition; 0 has no levels. */
  readonly levels: readonly [number, number];
  /** Lengths of both kinds of levels in a page of version 2, where they stand unpacked before the rest. */
  readonly levelBytes?: readonly [number, number];
  readonly nulls?: number;
  readonly isPacked: boolean;
}

function shapeOf(
  { type: page, data_page_header: first, data_page_header_v2: second }: PageHeader,
  { type, levels }: { readonly type: string; readonly levels: readonly [number, number] },
): PageShape | undefined {
  const common = { levels, isBoolean: type === 'BOOLEAN' };
  if (page === 'DATA_PAGE' && first) {
    return { ...common, numbers: first.num_values, encoding: first.encoding, isPacked: true };
  }
  if (page === 'DATA_PAGE_V2' && second) {
    const levelBytes = [second.repetition_levels_byte_length, second.definition_levels_byte_length] as const;
    // Where one is not said hyparquet would go on from nowhere, reading the same byte without end.
    if (!levelBytes.every((each) => each >= 0)) throw new Error(`levels of ${levelBytes.join(' and ')} bytes`);
    const { num_values: numbers, num_nulls: nulls, encoding, is_compressed } = second;
    return { ...common, numbers, nulls, encoding, levelBytes, isPacked: is_compressed !== false };
  }
  return undefined;
}

function addChecks(
  checks: Map<number, Check>,
  shape: PageShape,
  { start, page }: { readonly start: number; readonly page: Uint8Array },
): void {
  if (shape.levelBytes === undefined) {
    checks.set(start, (unpacked) => checkPage(unpacked, shape));
    return;
  }
  const [repetition, definition] = shape.levelBytes;
  checkLevels(new RunWalker(page), shape, 0);
  checkLevels(new RunWalker(page, repetition), shape, 1);
  const check: Check = (unpacked) => checkNumbers(new RunWalker(unpacked), shape, shape.numbers - shape.nulls!);
  const length = repetition + definition;
  if (shape.isPacked) checks.set(start + length, check);
  else check(page.subarray(length));
}

function checkPage(page: Uint8Array, shape: PageShape): void {
  const { levels, numbers } = shape;
  const runs = new RunWalker(page);
  if (levels[0] > 0) runs.walkWithLength(widthOf(levels[0]), numbers);
  const present = levels[1] > 0 ? runs.walkWithLength(widthOf(levels[1]), numbers, levels[1]) : numbers;
  checkNumbers(runs, shape, present);
}

function checkLevels(runs: RunWalker, { levels, numbers }: PageShape, kind: 0 | 1): void {
  if (levels[kind] > 0) runs.walk(widthOf(levels[kind]), numbers);
}

/** Numbers themselves, where they stand as runs: those of a dictionary, and yes or no. */
function checkNumbers(runs: RunWalker, { encoding, isBoolean }: PageShape, count: number): void {
  if (!/^RLE|_DICTIONARY$/.test(encoding) || count === 0) return;
  if (isBoolean) runs.walkWithLength(1, count);
  else runs.walk(runs.byte(), count);
}

/** Bits that a level of at most `most` takes. */
function widthOf(most: number): number {
  return 32 - Math.clz32(most);
}

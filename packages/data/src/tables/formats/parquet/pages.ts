import type { ColumnMetaData, DecodedArray, PageHeader, SchemaTree } from 'hyparquet';
import type { ByteRanges } from '../../file-bytes.js';
import { RunReader } from './runs.js';
import { unpack } from './unpack.js';

/** Numbers of a column in one row group; writers have a million rows or so. */
const MOST_NUMBERS = 2 ** 27;
/** Bytes in which the header of a page is looked for first; statistics may make it longer. */
const USUAL_HEADER = 2 ** 14;

/** A column of a row group: what the file says of it, and where it stands in the schema. */
export interface ColumnChunk {
  readonly meta: ColumnMetaData;
  /** From the root of the schema on. */
  readonly path: SchemaTree[];
  /** Of its row group. */
  readonly rows: number;
}

/** A page, and where its packed bytes are in the file. */
export interface PagePlace {
  readonly header: PageHeader;
  readonly start: number;
  readonly end: number;
}

/** The numbers of a page as they were written: those that are there, and levels that say which these are. */
export interface PageNumbers {
  /** Those that are not null. */
  readonly values: DecodedArray;
  /** How far down the schema each number is there; absent where none is null. */
  readonly definition?: Uint8Array | undefined;
  /** At which list of the schema each number goes on; absent where there is none. */
  readonly repetition?: Uint8Array | undefined;
}

/** The parts of hyparquet that take a page apart. */
async function loadDecoders() {
  const [{ parquetHeader }, { readDataPage }, { convert }, { readPlain }] = await Promise.all([
    import('hyparquet/src/column.js'),
    import('hyparquet/src/datapage.js'),
    import('hyparquet/src/convert.js'),
    import('hyparquet/src/plain.js'),
  ]);
  return { parquetHeader, readDataPage, convert, readPlain };
}

let loaded: ReturnType<typeof loadDecoders> | undefined;

function decoders(): ReturnType<typeof loadDecoders> {
  loaded ??= loadDecoders();
  return loaded;
}

/** @throws Error for a column that says it has other numbers than its rows, or more than are read. */
export function checkChunk({ meta, path, rows }: ColumnChunk): void {
  const numbers = Number(meta.num_values);
  if (levelsOf(path).repetition === 0 && numbers !== rows)
    throw new Error(`it says ${numbers} numbers for ${rows} rows`);
  if (numbers > MOST_NUMBERS)
    throw new Error(`${numbers} numbers in a row group, of which ${MOST_NUMBERS} are read at most`);
}

/** Levels of a column: the greatest of what repeats and of what may be absent, and that of an entry of a list. */
export interface ColumnLevels {
  readonly repetition: number;
  readonly definition: number;
  /** From this level of definition on an entry is there, though it may be null. */
  readonly entry: number;
}

/** The levels of a column, by its path from the root on. */
export function levelsOf(path: readonly SchemaTree[]): ColumnLevels {
  const kinds = path.slice(1).map(({ element }) => element.repetition_type);
  const optional = (some: typeof kinds): number => some.filter((kind) => kind !== 'REQUIRED').length;
  return {
    repetition: kinds.filter((kind) => kind === 'REPEATED').length,
    definition: optional(kinds),
    entry: optional(kinds.slice(0, kinds.lastIndexOf('REPEATED') + 1)),
  };
}

/** The range of the bytes of a column in the file. */
export function bytesOf({ meta }: ColumnChunk): readonly [start: number, end: number] {
  const start = Number(meta.dictionary_page_offset || meta.data_page_offset);
  return [start, start + Number(meta.total_compressed_size)];
}

/** The page whose header begins at a place. @throws Error for a header that is none. */
export async function pageAt(bytes: ByteRanges, start: number, end: number): Promise<PagePlace> {
  const { parquetHeader } = await decoders();
  for (let size = USUAL_HEADER; ; size *= 16) {
    const read = await bytes.read(start, Math.min(size, end - start));
    const reader = { view: new DataView(read.buffer, read.byteOffset, read.byteLength), offset: 0 };
    try {
      const header = parquetHeader(reader);
      const first = start + reader.offset;
      const packed = header.compressed_page_size;
      if (!(packed >= 0 && first + packed <= end)) throw new Error(`a page of ${packed} bytes`);
      return { header, start: first, end: first + packed };
    } catch (error) {
      const isCut = error instanceof RangeError && start + size < end;
      if (!isCut) throw error;
    }
  }
}

/** How many numbers a page of data says to have; 0 for a dictionary. */
export function numbersOf({ data_page_header: first, data_page_header_v2: second }: PageHeader): number {
  return first?.num_values ?? second?.num_values ?? 0;
}

/** The values that the pages of a column name by their places. */
export async function dictionaryOf(bytes: ByteRanges, chunk: ColumnChunk, page: PagePlace): Promise<DecodedArray> {
  const { convert, readPlain } = await decoders();
  const packed = await bytes.read(page.start, page.end - page.start);
  const unpacked = await unpack(chunk.meta, packed, page.header.uncompressed_page_size);
  const count = page.header.dictionary_page_header?.num_values ?? 0;
  if (!(count <= unpacked.length)) throw new Error(`a dictionary of ${count} values in ${unpacked.length} bytes`);
  const reader = { view: new DataView(unpacked.buffer, unpacked.byteOffset, unpacked.byteLength), offset: 0 };
  const { element } = chunk.path.at(-1)!;
  return convert(readPlain(reader, chunk.meta.type, count, element.type_length), decoderOf(chunk));
}

/** The numbers of a page of data. @throws Error for what cannot be. */
export async function pageNumbers(
  bytes: ByteRanges,
  chunk: ColumnChunk,
  { page, dictionary }: { readonly page: PagePlace; readonly dictionary: DecodedArray | undefined },
): Promise<PageNumbers> {
  const { header } = page;
  const packed = await bytes.read(page.start, page.end - page.start);
  const numbers = numbersOf(header);
  const most = levelsOf(chunk.path);
  const levels: Record<'repetition' | 'definition', Uint8Array | undefined> = {
    repetition: undefined,
    definition: undefined,
  };
  const second = header.data_page_header_v2;
  let unpacked: Uint8Array;
  if (second) {
    const lengths = [second.repetition_levels_byte_length, second.definition_levels_byte_length] as const;
    if (!lengths.every((each) => each >= 0)) throw new Error(`levels of ${lengths.join(' and ')} bytes`);
    const [first, both] = [lengths[0], lengths[0] + lengths[1]];
    if (most.repetition > 0) levels.repetition = readLevels(new RunReader(packed), most.repetition, numbers);
    if (most.definition > 0) levels.definition = readDefinition(new RunReader(packed, first), most.definition, numbers);
    const rest = packed.subarray(both);
    const size = header.uncompressed_page_size - both;
    unpacked = second.is_compressed ? await unpack(chunk.meta, rest, size) : rest.slice();
  } else {
    const whole = await unpack(chunk.meta, packed, header.uncompressed_page_size);
    const runs = new RunReader(whole);
    if (most.repetition > 0) levels.repetition = runs.withLength(() => readLevels(runs, most.repetition, numbers));
    if (most.definition > 0) levels.definition = runs.withLength(() => readDefinition(runs, most.definition, numbers));
    unpacked = whole.subarray(runs.offset);
  }
  const present = levels.definition ? countOf(levels.definition, most.definition) : numbers;
  const { encoding } = (second ?? header.data_page_header)!;
  return { ...levels, values: await valuesOf(unpacked, chunk, { encoding, count: present, dictionary }) };
}

function readLevels(runs: RunReader, most: number, count: number): Uint8Array {
  return runs.read(bitsOf(most), count) as Uint8Array;
}

/** Undefined where one run says that all are there, as writers have it of columns without nulls. */
function readDefinition(runs: RunReader, most: number, count: number): Uint8Array | undefined {
  return runs.areAll(most, bitsOf(most), count) ? undefined : readLevels(runs, most, count);
}

function bitsOf(most: number): number {
  return 32 - Math.clz32(most);
}

/** How many levels are one. */
export function countOf(levels: Uint8Array, wanted: number): number {
  let count = 0;
  // 1 for each that is: without a branch that is taken by chance.
  for (let i = 0; i < levels.length; i++) count += ((levels[i]! ^ wanted) - 1) >>> 31;
  return count;
}

/** How the values of a page are written. */
interface WrittenValues {
  readonly encoding: string;
  readonly count: number;
  readonly dictionary: DecodedArray | undefined;
}

async function valuesOf(
  bytes: Uint8Array,
  chunk: ColumnChunk,
  { encoding, count, dictionary }: WrittenValues,
): Promise<DecodedArray> {
  if (count === 0) return new Uint8Array(0);
  const runs = new RunReader(bytes);
  if (encoding === 'RLE') return runs.withLength(() => runs.read(1, count));
  if (encoding.endsWith('_DICTIONARY')) return lookedUp(runs.read(runs.byte(), count), dictionary);
  const { readDataPage, convert } = await decoders();
  const header = { num_values: count, encoding } as NonNullable<PageHeader['data_page_header']>;
  const decoder = decoderOf(chunk);
  // Levels are read already, and of a path without any none are looked for.
  return convert(readDataPage(bytes, header, { ...decoder, schemaPath: [] }).dataPage, decoder);
}

function lookedUp(places: ArrayLike<number>, dictionary: DecodedArray | undefined): DecodedArray {
  if (!dictionary) throw new Error('a page without its dictionary');
  const Type = (ArrayBuffer.isView(dictionary) ? dictionary.constructor : Array) as ArrayConstructor;
  const values = new Type(places.length);
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!;
    if (place >= dictionary.length) throw new Error(`value ${place} of a dictionary of ${dictionary.length}`);
    values[i] = dictionary[place];
  }
  return values;
}

function decoderOf({ meta, path }: ColumnChunk) {
  const { path_in_schema: pathInSchema, type, codec } = meta;
  return { pathInSchema, type, codec, element: path.at(-1)!.element, schemaPath: path, parsers: undefined as never };
}

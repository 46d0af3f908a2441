import type { ColumnMetaData, PageHeader, SchemaTree } from 'hyparquet';
import type { ColumnBytes } from './column-bytes.js';

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
export async function pageAt(bytes: ColumnBytes, start: number): Promise<PagePlace> {
  await loadHeaders();
  const { end } = bytes;
  for (let size = USUAL_HEADER; ; size *= 16) {
    const read = await bytes.read(start, Math.min(size, end - start));
    try {
      return placeOf(read, start, end);
    } catch (error) {
      const isCut = error instanceof RangeError && start + size < end;
      if (!isCut) throw error;
    }
  }
}

/** The page that begins at a place, if its header is at hand; what is wrong with it is told when it is read. */
export function pageAtHand(bytes: ColumnBytes, start: number): PagePlace | undefined {
  const held = bytes.held(start);
  try {
    return held.length > 0 && start < bytes.end ? placeOf(held, start, bytes.end) : undefined;
  } catch {
    return undefined;
  }
}

/** Bytes of a page, which hold until others are read. */
export function packedPage(bytes: ColumnBytes, { start, end }: PagePlace): Promise<Uint8Array<ArrayBuffer>> {
  return bytes.read(start, end - start);
}

let parquetHeader: typeof import('hyparquet/src/column.js')['parquetHeader'];

async function loadHeaders(): Promise<void> {
  parquetHeader ??= (await import('hyparquet/src/column.js')).parquetHeader;
}

/** The page whose header bytes begin with. */
function placeOf(bytes: Uint8Array, start: number, end: number): PagePlace {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  const header = parquetHeader(reader);
  const first = start + reader.offset;
  const packed = header.compressed_page_size;
  if (!(packed >= 0 && first + packed <= end)) throw new Error(`a page of ${packed} bytes`);
  return { header, start: first, end: first + packed };
}

/** How many numbers a page of data says to have; 0 for a dictionary. */
export function numbersOf({ data_page_header: first, data_page_header_v2: second }: PageHeader): number {
  return first?.num_values ?? second?.num_values ?? 0;
}

/** How the values of a page of data are written. */
export function encodingOf({ data_page_header: first, data_page_header_v2: second }: PageHeader): string {
  return (second ?? first)!.encoding;
}

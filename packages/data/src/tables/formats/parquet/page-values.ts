import type { DecodedArray, PageHeader } from 'hyparquet';
import type { ColumnDecoder } from 'hyparquet/src/types.js';
import type { Column } from '../../../files/raw-events.js';
import { takeMemory } from './page-memory.js';
import type { ColumnChunk } from './pages.js';
import { RunReader, tooShort } from './runs.js';

/** The front of memory, in which a page is. */
export interface HeldPage {
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

/** Values, and the memory that they are in, to be given back; absent where nobody else will have it. */
export interface HeldValues {
  readonly values: DecodedArray | Column;
  readonly memory?: Uint8Array<ArrayBuffer>;
}

/** How the values of a page are written. */
export interface WrittenValues {
  readonly encoding: string;
  readonly count: number;
  readonly dictionary: HeldValues['values'] | undefined;
}

/** Types whose values lie in a page as they are in memory. */
const PLAIN = { INT32: Int32Array, INT64: BigInt64Array, FLOAT: Float32Array, DOUBLE: Float64Array };

/** The parts of hyparquet that read the values of a page. */
async function loadLibrary() {
  const [{ readDataPage }, { convert }, { readPlain }] = await Promise.all([
    import('hyparquet/src/datapage.js'),
    import('hyparquet/src/convert.js'),
    import('hyparquet/src/plain.js'),
  ]);
  return { readDataPage, convert, readPlain };
}

type Library = Awaited<ReturnType<typeof loadLibrary>>;
let loaded: Promise<Library> | undefined;
/** Places in a dictionary, for as long as they are looked up. */
let places = new Uint32Array(0);

/** Reads the values of the pages of a column. */
export class ValueReader {
  readonly #library: Library;
  readonly #column: ColumnDecoder;

  private constructor(library: Library, { meta, path }: ColumnChunk) {
    this.#library = library;
    const { path_in_schema: pathInSchema, type, codec } = meta;
    const { element } = path.at(-1)!;
    this.#column = { pathInSchema, type, codec, element, schemaPath: path, parsers: undefined as never };
  }

  static async of(chunk: ColumnChunk): Promise<ValueReader> {
    loaded ??= loadLibrary();
    return new ValueReader(await loaded, chunk);
  }

  /** @throws Error for what cannot be. */
  read({ memory, size }: HeldPage, { encoding, count, dictionary }: WrittenValues): HeldValues {
    if (count === 0) return { values: new Uint8Array(0) };
    if (encoding === 'PLAIN') return this.plain({ memory, size }, count);
    const page = memory.subarray(0, size);
    const runs = new RunReader(page);
    if (encoding === 'RLE')
      return { values: runs.withLength(() => runs.read(1, { numbers: new Uint8Array(count), most: 1 })) };
    if (isOfDictionary(encoding)) return lookedUp(runs, count, dictionary);
    const { readDataPage, convert } = this.#library;
    const header = { num_values: count, encoding } as NonNullable<PageHeader['data_page_header']>;
    // Levels are read already, and of a path without any none are looked for.
    return { values: convert(readDataPage(page, header, { ...this.#column, schemaPath: [] }).dataPage, this.#column) };
  }

  /** Values that stand one after the other. */
  plain({ memory, size }: HeldPage, count: number): HeldValues {
    const { type, element } = this.#column;
    const { convert, readPlain } = this.#library;
    if (type === 'BOOLEAN') return { values: new RunReader(memory.subarray(0, size)).packed(1, count) };
    const Type = PLAIN[type as keyof typeof PLAIN];
    if (Type && count * Type.BYTES_PER_ELEMENT > size) throw tooShort();
    if (Type) return { values: convert(new Type(memory.buffer, 0, count), this.#column), memory };
    const reader = { view: new DataView(memory.buffer, 0, size), offset: 0 };
    return { values: convert(readPlain(reader, type, count, element.type_length), this.#column) };
  }
}

/** Whether values are named by their places in a dictionary. */
export function isOfDictionary(encoding: string): boolean {
  return encoding.endsWith('_DICTIONARY');
}

/** The values at the places of a dictionary that runs name. */
function lookedUp(runs: RunReader, count: number, dictionary: HeldValues['values'] | undefined): HeldValues {
  if (!dictionary) throw new Error('a page without its dictionary');
  if (places.length < count) places = new Uint32Array(count);
  const found = runs.read(runs.byte(), { numbers: places.subarray(0, count), most: dictionary.length - 1 });
  if (!ArrayBuffer.isView(dictionary)) return { values: Array.from(found, (place) => dictionary[place]) };
  const Type = dictionary.constructor as Float64ArrayConstructor;
  const memory = takeMemory(found.length * Type.BYTES_PER_ELEMENT);
  gather(wordsOf(dictionary), found, wordsOf(memory), Type.BYTES_PER_ELEMENT / Uint32Array.BYTES_PER_ELEMENT);
  return { values: new Type(memory.buffer, 0, found.length), memory };
}

/** Values of numbers, of 32 or 64 bits, as words: one loop for all types. */
function wordsOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint32Array {
  return new Uint32Array(buffer, byteOffset, Math.floor(byteLength / Uint32Array.BYTES_PER_ELEMENT));
}

/** Copies values of one word or of two, as words. */
function gather(from: Uint32Array, found: Uint32Array, into: Uint32Array, words: number): void {
  if (words === 1) gatherWords(from, found, into);
  else
    for (let i = 0; i < found.length; i++) {
      into[2 * i] = from[2 * found[i]!]!;
      into[2 * i + 1] = from[2 * found[i]! + 1]!;
    }
}

/** Four at a time, twice as fast as one by one. */
function gatherWords(from: Uint32Array, found: Uint32Array, into: Uint32Array): void {
  let i = 0;
  for (; i < found.length - 3; i += 4) {
    into[i] = from[found[i]!]!;
    into[i + 1] = from[found[i + 1]!]!;
    into[i + 2] = from[found[i + 2]!]!;
    into[i + 3] = from[found[i + 3]!]!;
  }
  for (; i < found.length; i++) into[i] = from[found[i]!]!;
}

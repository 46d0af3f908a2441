import { UserError } from '@unfold-zoo/core';
import type { Metadata } from 'h5wasm/node';
import type { Column } from '../raw-events.js';
import { type AttributeContent, fixedText, readAttribute, TEXT } from './attributes.js';
import { filterProblem } from './filters.js';
import { hasOtherSixteenBitFloats } from './half-precision.js';
import { decodeNumbers, type NumberKind, numberKind, typeName, typeProblem } from './number-types.js';
import { type Hdf5Object, OpenHdf5 } from './open-file.js';
import { fieldNumbers, type RecordField, recordFields } from './records.js';
import { checkVirtualSources } from './virtual-sources.js';

export type { NumberKind } from './number-types.js';
export type { RecordField } from './records.js';

/** What is known of a dataset without reading it. */
export interface DatasetShape {
  readonly shape: readonly number[];
  /** Rows that are stored together; 0 where the dataset is not chunked. */
  readonly chunkRows: number;
}

/** Groups within groups, and objects in all, that are looked at: links of a damaged file may lead round in circles. */
const DEEPEST = 8;
const MOST_OBJECTS = 4000;

/** Bytes. A chunk is in memory several times while its filters are undone. */
const LARGEST_CHUNK = 2 ** 28;

/** Numbers and attributes of an HDF5 file, read by ranges of rows. Every method throws a `UserError` for damage. */
export class Hdf5Reader {
  readonly #file: OpenHdf5;
  /** Whether the file has numbers of 16 bits that are no half precision; undefined before one has asked. */
  #hasOtherSixteenBits: boolean | undefined;
  readonly #checked = new Set<string>();
  /** Datasets whose sources are there, if they have any. */
  readonly #virtual = new Set<string>();

  private constructor(file: OpenHdf5) {
    this.#file = file;
  }

  /** @throws UserError for a file that is missing, no regular file, truncated or not HDF5. */
  static async open(path: string): Promise<Hdf5Reader> {
    return new Hdf5Reader(await OpenHdf5.open(path));
  }

  /** Opens the file once more, at once. @throws UserError as `open`. */
  openAgain(): Hdf5Reader {
    return new Hdf5Reader(this.#file.openAgain());
  }

  get path(): string {
    return this.#file.path;
  }

  close(): void {
    this.#file.close();
  }

  /** Paths of the datasets, e.g. `/detector/jets/pt`, without those of groups that are reached by soft links. */
  datasets(): Generator<string> {
    return this.#datasetsBelow('', { depth: 0, objects: 0 });
  }

  *#datasetsBelow(group: string, walk: { depth: number; objects: number }): Generator<string> {
    for (const name of this.#file.names(group || '/')) {
      if (++walk.objects > MOST_OBJECTS) throw tooMany(this.path);
      const path = `${group}/${name}`;
      const object = this.#file.softLink(path) === null ? this.#file.objectAt(path) : undefined;
      if (object === 'dataset') yield path;
      if (object !== 'group' || walk.depth === DEEPEST) continue;
      walk.depth++;
      yield* this.#datasetsBelow(path, walk);
      walk.depth--;
    }
  }

  /** What is at a path, if anything is. */
  objectAt(path: string): Hdf5Object | undefined {
    return this.#file.objectAt(path);
  }

  /** Undefined if there is no dataset of that path. */
  shapeOf(dataset: string): DatasetShape | undefined {
    if (this.#file.objectAt(dataset) !== 'dataset') return undefined;
    const { shape, chunks } = this.#metadata(dataset);
    return { shape: shape ?? [], chunkRows: chunks?.[0] ?? 0 };
  }

  /** Shape and type; the sources of a virtual dataset are looked for first. */
  #metadata(dataset: string): Metadata {
    const { virtual_sources: sources } = this.#file.metadata(dataset);
    if (sources && !this.#virtual.has(dataset)) checkVirtualSources(this.#file, dataset);
    this.#virtual.add(dataset);
    return this.#file.metadata(dataset);
  }

  /**
   * Checks that the numbers of a dataset can be read, as far as that can be seen without reading them.
   * @throws UserError for values that are no numbers, filters that are not supported, chunks that are too large, and
   * virtual datasets whose sources are not there.
   */
  checkReadable(dataset: string): void {
    if (this.#checked.has(dataset)) return;
    const metadata = this.#metadata(dataset);
    const problem =
      typeProblem(metadata) ??
      this.#layoutProblem(metadata) ??
      filterProblem(this.#file.filters(dataset)) ??
      chunkProblem(metadata);
    if (problem) throw new UserError(`invalid ${dataset} in ${this.path}: ${problem}`);
    this.#checked.add(dataset);
  }

  /** What is wrong with the bits of floating-point numbers of 16 bits; undefined for half precision and other types. */
  #layoutProblem(type: Metadata): string | undefined {
    if (numberKind(type) !== 'float' || type.size !== 2) return undefined;
    this.#hasOtherSixteenBits ??= hasOtherSixteenBitFloats(this.path);
    if (!this.#hasOtherSixteenBits) return undefined;
    return (
      'the file has floating-point numbers of 16 bits that are not IEEE half precision, such as bfloat16, which ' +
      'cannot be told apart; convert them, e.g. to float32'
    );
  }

  /** What is wrong with the type of a dataset's values; undefined for numbers that can be read. */
  typeProblem(dataset: string): string | undefined {
    return typeProblem(this.#metadata(dataset));
  }

  /** What the values of a dataset are called, e.g. `float32`, `bool`, `text`. */
  typeName(dataset: string): string {
    return typeName(this.#metadata(dataset));
  }

  /** Whether the numbers of a dataset have a fraction. */
  numberKind(dataset: string): NumberKind {
    return numberKind(this.#metadata(dataset));
  }

  /** Rows `start` to `start + count` of a dataset. */
  read(dataset: string, start: number, count: number): Column {
    this.checkReadable(dataset);
    return decodeNumbers(this.#bytes(dataset, start, count), this.#metadata(dataset));
  }

  /** The fields of the records that a dataset holds; undefined if it holds none. */
  fields(dataset: string): readonly RecordField[] | undefined {
    return recordFields(this.#metadata(dataset));
  }

  /** Rows of a field of records. */
  readField(dataset: string, field: RecordField, start: number, count: number): Column {
    const { size } = this.#metadata(dataset);
    return fieldNumbers(this.#bytes(dataset, start, count), size, field);
  }

  /** The values of a dataset of text of a fixed length; undefined for any other. */
  texts(dataset: string): readonly string[] | undefined {
    const { type, size, vlen, shape } = this.#metadata(dataset);
    if (type !== TEXT || vlen || shape?.length !== 1) return undefined;
    const bytes = this.#bytes(dataset, 0, shape[0]!);
    return Array.from({ length: shape[0]! }, (_, i) => fixedText(bytes.subarray(i * size, (i + 1) * size)));
  }

  #bytes(dataset: string, start: number, count: number): Uint8Array<ArrayBuffer> {
    const type = this.#metadata(dataset);
    const shape = type.shape ?? [];
    const counts = [count, ...shape.slice(1)].map(BigInt);
    const offsets = shape.map((_, i) => BigInt(i === 0 ? start : 0));
    const size = type.size * counts.reduce((product, length) => product * Number(length), 1);
    return this.#file.call(`${dataset}, events ${start} to ${start + count - 1},`, (module, file) => {
      const buffer = size <= module.MAXIMUM_MEMORY ? module._malloc(Math.max(size, 1)) : 0;
      if (buffer === 0) throw new RangeError(`they take ${size} bytes`);
      try {
        const ones = counts.map(() => 1n);
        const status = module.get_dataset_data(file, dataset, counts, offsets, ones, BigInt(buffer));
        if (status < 0) throw new Error('no reason given');
        return module.HEAPU8.slice(buffer, buffer + size) as Uint8Array<ArrayBuffer>;
      } finally {
        module._free(buffer);
      }
    });
  }

  /** An attribute of a group or dataset, `/` being the file; undefined for none, and for neither text nor numbers. */
  attribute(path: string, name: string): AttributeContent | undefined {
    return this.#file.call(`attribute ${name} of ${path}`, (module, file) => readAttribute(module, file, path, name));
  }

  /** The attributes of a group or dataset, `/` being the file, that are text or numbers. */
  attributes(path: string): Readonly<Record<string, AttributeContent>> {
    const names = this.#file.call(`attributes of ${path}`, (module, file) => module.get_attribute_names(file, path));
    const known = names.map((name) => [name, this.attribute(path, name)] as const);
    return Object.fromEntries(known.filter((each): each is [string, AttributeContent] => each[1] !== undefined));
  }
}

/** What is wrong with how much is stored together, which is read as a whole; undefined if that fits in memory. */
function chunkProblem({ chunks, size }: Metadata): string | undefined {
  const bytes = (chunks ?? []).reduce((product, length) => product * length, chunks ? size : 0);
  if (bytes <= LARGEST_CHUNK) return undefined;
  const found = Math.round(bytes / 2 ** 20);
  return `it is stored in chunks of ${found} MB, expected at most 256 MB; rewrite it with h5repack -l`;
}

function tooMany(path: string): UserError {
  return new UserError(`invalid file: ${path} holds more than ${MOST_OBJECTS} objects, or its groups hold one another`);
}

import { accessSync, closeSync, constants, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { asWriteError, makeFolder } from '@unfold-zoo/core/files';
import { Dataset, File, Group, ready } from 'h5wasm/node';
import type { Column } from './raw-events.js';

/** What attributes of HDF5 files may hold. */
export type AttributeValue = string | number | readonly string[] | readonly number[];

// Left alone, the library prints a C stack on stderr and goes on; told to, it throws.
async function library(): Promise<void> {
  (await ready).activate_throwing_error_handler();
}

/** What is known of a dataset without reading it. */
export interface DatasetShape {
  readonly shape: readonly number[];
  /** Rows that are stored together; 0 where the dataset is not chunked. */
  readonly chunkRows: number;
}

/** An HDF5 file open for reading by ranges of rows. */
export class Hdf5Reader {
  readonly path: string;
  readonly #file: File;

  private constructor(path: string, file: File) {
    this.path = path;
    this.#file = file;
  }

  /** Throws a `UserError` for a file that is missing, truncated or not HDF5. */
  static async open(path: string): Promise<Hdf5Reader> {
    const size = readableSize(path);
    await library();
    try {
      return new Hdf5Reader(path, new File(path, 'r'));
    } catch (error) {
      throw new UserError(openingProblem(path, size, String(error)));
    }
  }

  close(): void {
    this.#file.close();
  }

  /** Paths of all datasets, in the order of the file, e.g. `/detector/jets/pt`. */
  datasets(): string[] {
    return [...datasetPaths(this.#file)];
  }

  /** Undefined if there is no dataset of that path. */
  shapeOf(dataset: string): DatasetShape | undefined {
    const found = this.#file.get(dataset);
    if (!(found instanceof Dataset)) return undefined;
    const { shape, chunks } = found.metadata;
    return { shape: shape ?? [], chunkRows: chunks?.[0] ?? 0 };
  }

  /** Rows `start` to `start + count` of a dataset. Throws a `UserError` if they cannot be read or are not numbers. */
  read(dataset: string, start: number, count: number): Column {
    const found = this.#file.get(dataset) as Dataset;
    if (!found.metadata.littleEndian) {
      throw new UserError(`invalid ${dataset} in ${this.path}: its numbers are big-endian, expected little-endian`);
    }
    const values = this.#slice(found, start, count);
    if (!ArrayBuffer.isView(values)) throw new UserError(`invalid ${dataset} in ${this.path}: expected numbers`);
    return values as Column;
  }

  #slice(dataset: Dataset, start: number, count: number): unknown {
    try {
      return dataset.slice([[start, start + count]]);
    } catch (error) {
      const cause = lastCause(String(error));
      throw new UserError(
        `invalid ${dataset.path} in ${this.path}: events ${start} to ${start + count - 1} cannot be read; ` +
          `the file is damaged (${cause})`,
      );
    }
  }

  /** Every attribute of a group or dataset, `/` being the file. */
  attributes(path: string): Readonly<Record<string, unknown>> {
    const found = path === '/' ? this.#file : (this.#file.get(path) as Group | Dataset);
    return Object.fromEntries(Object.entries(found.attrs).map(([name, { value }]) => [name, value]));
  }
}

function* datasetPaths(group: Group): Generator<string> {
  for (const name of group.keys()) {
    const entity = group.get(name);
    if (entity instanceof Group) yield* datasetPaths(entity);
    else if (entity instanceof Dataset) yield entity.path;
  }
}

function readableSize(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new UserError(`missing file: ${path} does not exist`);
  if (!stat.isFile()) throw new UserError(`invalid file: ${path} is not a regular file`);
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw new UserError(`invalid file: ${path} cannot be read; permission denied`);
  }
  return stat.size;
}

function openingProblem(path: string, size: number, stack: string): string {
  const stored = /stored_eof = (\d+)/.exec(stack)?.[1];
  if (stored) return `invalid file: ${path} is truncated; it should have ${stored} bytes and has ${size}`;
  if (/signature not found/.test(stack)) return `invalid file: ${path} is not an HDF5 file`;
  return `invalid file: ${path} is damaged or not an HDF5 file (${lastCause(stack)})`;
}

// The library's stack names the outermost function first: the last line is the cause.
function lastCause(stack: string): string {
  const lines = [...stack.matchAll(/#\d+: \S+ line \d+ in \w+\(\): (.*)/g)];
  return lines.at(-1)?.[1] ?? stack.split('\n')[0]!;
}

/** How a dataset is stored. */
export interface Storage {
  /** Rows that are stored together. */
  readonly chunkRows: number;
  /** Level of gzip from 1 to 9; absent for none. */
  readonly gzip?: number;
}

/**
 * Writes an HDF5 file that comes into being whole or not at all: under a temporary name in the same folder, flushed and
 * renamed at the end. Datasets grow row by row, so their length need not be known. Every method throws a `UserError`
 * where the disk does not take the data.
 */
export class Hdf5Writer {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: File;
  readonly #growing = new Map<string, GrowingDataset>();

  private constructor(path: string, temporary: string, file: File) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** Makes a file of what `fill` writes; where that fails, nothing is left behind. */
  static async write(path: string, fill: (writer: Hdf5Writer) => void | Promise<void>): Promise<void> {
    const writer = await Hdf5Writer.#create(path);
    try {
      await fill(writer);
      writer.#commit();
    } catch (error) {
      writer.#abandon();
      throw error;
    }
  }

  static async #create(path: string): Promise<Hdf5Writer> {
    const temporary = `${path}.tmp-${process.pid}`;
    try {
      makeFolder(dirname(path));
      closeSync(openSync(temporary, 'w')); // The system's reason for a refusal is better than the library's.
    } catch (error) {
      throw asWriteError(path, error);
    }
    await library();
    try {
      return new Hdf5Writer(path, temporary, new File(temporary, 'w'));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw new UserError(`unwritable ${path}: ${writingProblem(String(error))}`);
    }
  }

  /** Appends rows [n, ...rowShape] to a dataset, which its first rows create. */
  append(dataset: string, rowShape: readonly number[], rows: Column, storage: Storage): void {
    const growing = this.#growing.get(dataset) ?? new GrowingDataset(this.#file, dataset, rowShape, rows, storage);
    this.#growing.set(dataset, growing);
    this.#write(() => growing.append(rows));
  }

  /** Sets attributes of a dataset that has rows, or of the file, `/`. */
  setAttributes(path: string, attributes: Readonly<Record<string, AttributeValue>>): void {
    this.#write(() => {
      this.#growing.get(path)?.flush();
      const target = path === '/' ? this.#file : (this.#file.get(path) as Dataset);
      for (const [name, value] of Object.entries(attributes)) createAttribute(target, name, value);
    });
  }

  /** Writes what is left and gives the file its name. */
  #commit(): void {
    this.#write(() => {
      for (const dataset of this.#growing.values()) dataset.flush();
      this.#file.close();
      const descriptor = openSync(this.#temporary, 'r+');
      fsyncSync(descriptor);
      closeSync(descriptor);
      renameSync(this.#temporary, this.#path);
    });
  }

  #abandon(): void {
    try {
      this.#file.close();
    } catch {
      // Closing flushes, which fails again where the disk is full; the file goes away in any case.
    }
    rmSync(this.#temporary, { force: true });
  }

  #write(action: () => void): void {
    try {
      action();
    } catch (error) {
      const message = String(error);
      if (!message.includes(LIBRARY_STACK)) throw asWriteError(this.#path, error);
      throw new UserError(`unwritable ${this.#path}: ${writingProblem(message)}; nothing was left half written`);
    }
  }
}

/** How messages of the library start. */
const LIBRARY_STACK = 'HDF5-DIAG';

function writingProblem(stack: string): string {
  const reason = /error message = '([^']*)'/.exec(stack)?.[1];
  return reason ?? lastCause(stack);
}

/** Collects rows into whole chunks: a chunk that is written twice is compressed twice and leaves a hole in the file. */
class GrowingDataset {
  readonly #file: File;
  readonly #path: string;
  readonly #rowShape: readonly number[];
  readonly #storage: Storage;
  readonly #buffer: Column;
  #buffered = 0;
  #rows = 0;

  constructor(file: File, path: string, rowShape: readonly number[], like: Column, storage: Storage) {
    this.#file = file;
    this.#path = path;
    this.#rowShape = rowShape;
    this.#storage = storage;
    const Type = like.constructor as new (length: number) => Column;
    this.#buffer = new Type(storage.chunkRows * this.#width);
  }

  get #width(): number {
    return this.#rowShape.reduce((product, size) => product * size, 1);
  }

  append(rows: Column): void {
    for (let done = 0; done < rows.length; ) {
      const take = Math.min(rows.length - done, this.#buffer.length - this.#buffered);
      // The union of array types has no common `set`; `like` in the constructor was of the same type.
      (this.#buffer as Float32Array).set(rows.subarray(done, done + take) as Float32Array, this.#buffered);
      this.#buffered += take;
      done += take;
      if (this.#buffered === this.#buffer.length) this.flush();
    }
  }

  flush(): void {
    if (this.#buffered === 0) return;
    const rows = this.#buffered / this.#width;
    const data = this.#buffer.subarray(0, this.#buffered) as Float32Array;
    if (this.#rows === 0) {
      this.#create(rows, data);
    } else {
      const dataset = this.#file.get(this.#path) as Dataset;
      dataset.resize([this.#rows + rows, ...this.#rowShape]);
      const end = this.#rows + rows;
      (this.#file.get(this.#path) as Dataset).write_slice([[this.#rows, end]], data);
    }
    this.#rows += rows;
    this.#buffered = 0;
  }

  #create(rows: number, data: Float32Array): void {
    const names = this.#path.split('/').slice(1);
    const name = names.pop()!;
    let group: Group = this.#file;
    for (const each of names) group = (group.get(each) as Group | null) ?? group.create_group(each);
    const { chunkRows, gzip } = this.#storage;
    group.create_dataset({
      name,
      data,
      shape: [rows, ...this.#rowShape],
      maxshape: [null, ...this.#rowShape],
      chunks: [chunkRows, ...this.#rowShape],
      ...(gzip === undefined ? {} : { compression: 'gzip' as const, compression_opts: gzip }),
    });
  }
}

// Left to guess, the library writes whole numbers as 32-bit integers, whatever their size.
function createAttribute(target: Group | Dataset, name: string, value: AttributeValue): void {
  if (typeof value === 'number') target.create_attribute(name, Float64Array.of(value), [], '<d');
  else if (typeof value === 'string') target.create_attribute(name, value);
  else if (value.every((each) => typeof each === 'number')) target.create_attribute(name, Float64Array.from(value));
  else target.create_attribute(name, value as string[]);
}

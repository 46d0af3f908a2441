import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { asWriteError, makeFolder, realPath, temporaryPath } from '@unfold-zoo/core/files';
import type { Dataset, File, Group } from 'h5wasm/node';
import type { Column } from '../raw-events.js';
import { type Hdf5Failure, Hdf5Library } from './library.js';

/** What attributes of HDF5 files may be given. */
export type AttributeValue = string | number | readonly string[] | readonly number[];

/** How a dataset is stored. */
export interface Storage {
  /** Rows that are stored together. */
  readonly chunkRows: number;
  /** A level of gzip from 1 to 9, which has a checksum of its own, or a checksum alone. */
  readonly filter: { readonly gzip: number } | 'checksum';
}

/**
 * Writes an HDF5 file that comes into being whole or not at all: under a temporary name in the same folder, flushed and
 * renamed at the end. Datasets grow row by row, so their length need not be known. Every method throws a `UserError`
 * where the disk does not take the data.
 */
export class Hdf5Writer {
  readonly #path: string;
  readonly #temporary: string;
  readonly #library: Hdf5Library;
  readonly #file: File;
  readonly #growing = new Map<string, GrowingDataset>();

  private constructor(path: string, temporary: string, library: Hdf5Library) {
    this.#path = path;
    this.#temporary = temporary;
    this.#library = library;
    this.#file = this.#call(() => new library.File(temporary, 'w', { libver: CHECKED_FORMAT }));
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
    const temporary = temporaryPath(path);
    try {
      makeFolder(dirname(path));
      closeSync(openSync(temporary, 'w')); // The system's reason for a refusal is better than the library's.
    } catch (error) {
      throw asWriteError(path, error);
    }
    return new Hdf5Writer(path, temporary, await Hdf5Library.load());
  }

  /** Appends rows [n, ...rowShape] to a dataset, which its first rows create. */
  append(dataset: string, rowShape: readonly number[], rows: Column, storage: Storage): void {
    const growing = this.#growing.get(dataset) ?? new GrowingDataset(this.#file, dataset, rowShape, rows, storage);
    this.#growing.set(dataset, growing);
    this.#call(() => growing.append(rows));
  }

  /** Sets attributes of a dataset that has rows, or of the file, `/`. */
  setAttributes(path: string, attributes: Readonly<Record<string, AttributeValue>>): void {
    this.#call(() => {
      this.#growing.get(path)?.flush();
      const target = path === '/' ? this.#file : (this.#file.get(path) as Dataset);
      for (const [name, value] of Object.entries(attributes)) createAttribute(target, name, value);
    });
  }

  /** Writes what is left and gives the file its name. */
  #commit(): void {
    this.#call(() => {
      for (const dataset of this.#growing.values()) dataset.flush();
    });
    this.#call(() => this.#file.close());
    try {
      const descriptor = openSync(this.#temporary, 'r+');
      fsyncSync(descriptor);
      closeSync(descriptor);
      renameSync(this.#temporary, this.#path);
    } catch (error) {
      throw asWriteError(this.#path, error);
    }
  }

  #abandon(): void {
    try {
      this.#call(() => this.#file.close());
    } catch {
      // Closing flushes, which fails again where the disk is full; the file goes away in any case.
    }
    rmSync(this.#temporary, { force: true });
  }

  #call<Result>(action: () => Result): Result {
    try {
      const temporary = realPath(this.#temporary);
      return this.#library.call((file) => realPath(file) === temporary, action);
    } catch (error) {
      const reason = writingProblem(error as Hdf5Failure);
      throw new UserError(`unwritable ${this.#path}: ${reason}; nothing was left half written`);
    }
  }
}

function writingProblem({ report, message }: Hdf5Failure): string {
  return /error message = '([^']*)'/.exec(report)?.[1] ?? message;
}

/** The first format with a checksum in all metadata, which HDF5 1.10 and newer read; the usual one has none. */
const CHECKED_FORMAT = 'v110';

/** The filter that stores a checksum of every chunk, by its number. */
const FLETCHER32 = 3;

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
    const { chunkRows, filter } = this.#storage;
    group.create_dataset({
      name,
      data,
      shape: [rows, ...this.#rowShape],
      maxshape: [null, ...this.#rowShape],
      chunks: [chunkRows, ...this.#rowShape],
      ...(filter === 'checksum'
        ? { compression: FLETCHER32, compression_opts: [] }
        : { compression: 'gzip' as const, compression_opts: filter.gzip }),
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

import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { realPath } from '@unfold-zoo/core/files';
import type { Filter, Metadata } from 'h5wasm/node';
import { foreignFile, noDataFile } from '../../tables/foreign-file.js';
import { type Hdf5Failure, Hdf5Library, type Hdf5Module } from './library.js';

/** What is at a path in an HDF5 file. `other` is a named type, which holds no values. */
export type Hdf5Object = 'group' | 'dataset' | 'other';

/**
 * An HDF5 file open for reading. Every method throws a `UserError` that names the file, and the dataset where it is
 * known, for what is damaged; other files are only read if they are allowed.
 */
export class OpenHdf5 {
  readonly path: string;
  readonly #library: Hdf5Library;
  readonly #id: bigint;
  readonly #allowed: Set<string>;
  readonly #names = new Map<string, ReadonlySet<string>>();
  readonly #links = new Map<string, string | null>();
  readonly #objects = new Map<string, Hdf5Object>();
  readonly #metadata = new Map<string, Metadata>();

  private constructor(path: string, library: Hdf5Library, id: bigint, allowed: Set<string>) {
    this.path = path;
    this.#library = library;
    this.#id = id;
    this.#allowed = allowed;
  }

  /** @throws UserError for a file that is missing, no regular file, truncated or not HDF5. */
  static async open(path: string): Promise<OpenHdf5> {
    return OpenHdf5.#openWith(await Hdf5Library.load(), path);
  }

  /** Opens the file once more, at once. */
  openAgain(): OpenHdf5 {
    return OpenHdf5.#openWith(this.#library, this.path);
  }

  /** Opens another file, which a virtual dataset of this one is made of; from now on both may be read for either. */
  openSource(path: string): OpenHdf5 {
    return OpenHdf5.#openWith(this.#library, path, this.#allowed);
  }

  static #openWith(library: Hdf5Library, path: string, allowed = new Set<string>()): OpenHdf5 {
    const size = readableSize(path);
    allowed.add(realPath(path));
    try {
      const id = library.call(
        (file) => allowed.has(realPath(file)),
        (module) => module.open(path, module.H5F_ACC_RDONLY, false, -1, -1),
      );
      return new OpenHdf5(path, library, id, allowed);
    } catch (error) {
      throw openingProblem(path, size, error as Hdf5Failure);
    }
  }

  close(): void {
    try {
      this.#library.call(
        () => false,
        (module) => module.close_file(this.#id),
      );
    } catch {
      // Nothing was written, so nothing is lost.
    }
  }

  /** Runs calls of the library on this file, which are about `subject`, e.g. `/detector/jets/pt`. */
  call<Result>(subject: string, action: (module: Hdf5Module, file: bigint) => Result): Result {
    try {
      return this.#library.call(
        (file) => this.#allowed.has(realPath(file)),
        (module) => action(module, this.#id),
      );
    } catch (error) {
      const { otherFile, message } = error as Hdf5Failure;
      if (otherFile !== undefined) throw outsideTheFile(subject, this.path, otherFile);
      throw new UserError(`damaged ${this.path}: ${subject} cannot be read (${message})`);
    }
  }

  /** Names of what is in a group. */
  names(group: string): ReadonlySet<string> {
    const known = this.#names.get(group);
    if (known) return known;
    const names = new Set(this.call(group, (module, file) => module.get_names(file, group, false)));
    this.#names.set(group, names);
    return names;
  }

  /**
   * What is at a path; undefined if nothing is, or if a dataset stands where a group of the path should.
   * @throws UserError for links that lead nowhere or to another file.
   */
  objectAt(path: string): Hdf5Object | undefined {
    return this.#find(path, 0);
  }

  #find(path: string, links: number): Hdf5Object | undefined {
    let group = '/';
    const names = path.split('/').filter((name) => name !== '' && name !== '.');
    for (const [i, name] of names.entries()) {
      if (!this.names(group).has(name)) return undefined;
      const here = group === '/' ? `/${name}` : `${group}/${name}`;
      const object = this.#objectOfGroup(here, links);
      if (i === names.length - 1) return object;
      if (object !== 'group') return undefined;
      group = here;
    }
    return 'group';
  }

  /** What stands at a path that a group lists. */
  #objectOfGroup(path: string, links: number): Hdf5Object {
    const known = this.#objects.get(path);
    if (known) return known;
    const object = this.#lookUp(path, links);
    this.#objects.set(path, object);
    return object;
  }

  #lookUp(path: string, links: number): Hdf5Object {
    const outside = this.call(path, (module, file) => module.get_external_link(file, path).filename);
    if (outside !== undefined) throw outsideTheFile(path, this.path, outside);
    const link = this.softLink(path);
    if (link !== null) return this.#linkedObject(path, link, links + 1);
    const type = this.call(path, (module, file) => module.get_type(file, path));
    if (type === GROUP) return 'group';
    return type === DATASET ? 'dataset' : 'other';
  }

  #linkedObject(path: string, link: string, links: number): Hdf5Object {
    if (links > MOST_LINKS) throw new UserError(`invalid ${path} in ${this.path}: its links lead round in circles`);
    const target = link.startsWith('/') ? link : `${path.slice(0, path.lastIndexOf('/'))}/${link}`;
    const object = this.#find(target, links);
    if (object) return object;
    throw new UserError(`missing ${target} in ${this.path}: the link ${path} leads there`);
  }

  /** Where a soft link leads; null for what is none. */
  softLink(path: string): string | null {
    const known = this.#links.get(path);
    if (known !== undefined) return known;
    const link = this.call(path, (module, file) => module.get_symbolic_link(file, path));
    this.#links.set(path, link);
    return link;
  }

  /** Shape and type of a dataset. That of a virtual one depends on its sources: `again` looks once more. */
  metadata(dataset: string, look: 'once' | 'again' = 'once'): Metadata {
    const known = this.#metadata.get(dataset);
    if (known && look === 'once') return known;
    const metadata = this.call(dataset, (module, file) => module.get_dataset_metadata(file, dataset));
    this.#metadata.set(dataset, metadata);
    return metadata;
  }

  /** The filters that a dataset is stored with. */
  filters(dataset: string): readonly Filter[] {
    return this.call(dataset, (module, file) => module.get_dataset_filters(file, dataset));
  }
}

const GROUP = 0;
const DATASET = 1;
/** Soft links that may lead to one another. */
const MOST_LINKS = 16;

function outsideTheFile(subject: string, path: string, other: string): UserError {
  return new UserError(
    `invalid ${subject} in ${path}: it is stored in another file, ${other}, which is not read unasked; ` +
      'copy it into this file, or make it a virtual dataset',
  );
}

function readableSize(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) throw new UserError(`missing file: ${path} does not exist`);
  if (stat.isDirectory()) throw noDataFile(path, 'is a folder');
  if (!stat.isFile()) throw noDataFile(path, 'is not a regular file');
  try {
    accessSync(path, constants.R_OK);
  } catch {
    throw new UserError(`invalid file: ${path} cannot be read; permission denied`);
  }
  if (stat.size === 0) throw noDataFile(path, 'is empty');
  return stat.size;
}

function openingProblem(path: string, size: number, { report, message, otherFile }: Hdf5Failure): UserError {
  if (otherFile !== undefined)
    return new UserError(`invalid file: ${path} is stored in parts, ${resolve(otherFile)} is another`);
  const stored = /stored_eof = (\d+)/.exec(report)?.[1];
  if (stored) return new UserError(`damaged ${path}: it is truncated; it should have ${stored} bytes and has ${size}`);
  if (/signature not found/.test(report)) return foreignFile(path, 'an HDF5 file');
  return new UserError(`damaged ${path}: it cannot be opened (${message})`);
}

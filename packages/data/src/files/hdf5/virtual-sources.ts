import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { realPath } from '@unfold-zoo/core/files';
import type { OpenHdf5 } from './open-file.js';

/** Virtual datasets of virtual datasets of ... end here. */
const DEEPEST = 16;

/**
 * Checks that everything that a virtual dataset is made of is there, for HDF5 reads what is missing as zeros, and lets
 * the library open it.
 * @throws UserError that names the source that is missing.
 */
export function checkVirtualSources(file: OpenHdf5, dataset: string): void {
  const opened = new Map<string, OpenHdf5>([[realPath(file.path), file]]);
  try {
    new SourceCheck(file, opened).check(file, dataset, 0);
  } finally {
    opened.delete(realPath(file.path));
    for (const each of opened.values()) each.close();
  }
}

class SourceCheck {
  /** The file that is read: all sources, at any depth, are opened for it. */
  readonly #reader: OpenHdf5;
  readonly #opened: Map<string, OpenHdf5>;
  readonly #sizes = new Map<string, number>();

  constructor(reader: OpenHdf5, opened: Map<string, OpenHdf5>) {
    this.#reader = reader;
    this.#opened = opened;
  }

  /** Numbers of a dataset, virtual or not. */
  check(file: OpenHdf5, dataset: string, depth: number): number {
    const key = `${file.path}\0${dataset}`;
    const size = this.#sizes.get(key) ?? this.#size(file, dataset, depth);
    this.#sizes.set(key, size);
    return size;
  }

  #size(file: OpenHdf5, dataset: string, depth: number): number {
    const { virtual_sources: sources, total_size: ownSize } = file.metadata(dataset);
    if (!sources) return ownSize;
    if (depth === DEEPEST) throw new UserError(`invalid ${dataset} in ${file.path}: a virtual dataset of itself`);
    const virtual = `virtual dataset ${dataset} of ${file.path}`;
    let offered = 0;
    for (const { file_name, dset_name } of sources) {
      const paths = file_name === '.' ? [file.path] : sourceFiles(file_name, file.path, virtual);
      for (const source of paths.map((path) => this.#open(path))) {
        for (const each of sourceDatasets(source, dset_name, virtual)) offered += this.check(source, each, depth + 1);
      }
    }
    const { total_size: size } = file.metadata(dataset, 'again');
    if (offered >= size) return size;
    throw new UserError(
      `missing events in ${file.path}: ${dataset} is virtual and has ${size} numbers, its sources only ${offered}`,
    );
  }

  #open(path: string): OpenHdf5 {
    const real = realPath(path);
    const file = this.#opened.get(real) ?? this.#reader.openSource(path);
    this.#opened.set(real, file);
    return file;
  }
}

/** A block number in the name of a source. */
const BLOCK = /%b/;

/** The files that a source's name stands for: one, or with `%b` in it those of the numbers 0, 1, 2, ... */
function sourceFiles(name: string, virtualFile: string, virtual: string): string[] {
  if (!BLOCK.test(name)) return [foundSource(name.replaceAll('%%', '%'), virtualFile, virtual)];
  const first = foundSource(numbered(name, 0), virtualFile, virtual);
  const folder = dirname(first);
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return blocks(base, readdirSync(folder), virtual).map((each) => join(folder, each));
}

/** The source as HDF5 finds it: by its path, in the folder of the virtual file, or in the working directory. */
function foundSource(name: string, virtualFile: string, virtual: string): string {
  const folders = [dirname(resolve(virtualFile)), dirname(realPath(virtualFile)), '.'];
  const base = name.slice(name.lastIndexOf('/') + 1);
  const candidates = isAbsolute(name) ? [name, join(folders[0]!, base)] : folders.map((folder) => join(folder, name));
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new UserError(`missing file: ${candidates[0]} does not exist; the ${virtual} is made of it`);
  }
  if (statSync(found).isFile()) return found;
  throw new UserError(`invalid file: ${found} is not a regular file; the ${virtual} is made of it`);
}

function sourceDatasets(source: OpenHdf5, name: string, virtual: string): string[] {
  const path = name.startsWith('/') ? name : `/${name}`;
  const isNumbered = BLOCK.test(path);
  const first = isNumbered ? numbered(path, 0) : path.replaceAll('%%', '%');
  if (source.objectAt(first) !== 'dataset') {
    throw new UserError(`missing ${first} in ${source.path}: the ${virtual} is made of it`);
  }
  if (!isNumbered) return [first];
  const at = path.lastIndexOf('/');
  const group = path.slice(0, at);
  return blocks(path.slice(at + 1), [...source.names(group || '/')], virtual).map((each) => `${group}/${each}`);
}

/** The names of a pattern with `%b` that are there, by their numbers, which must be 0, 1, 2, ... */
function blocks(pattern: string, names: readonly string[], virtual: string): string[] {
  const present = new Set(names);
  const numbers = names.flatMap((name) => numberOf(name, pattern)).sort((a, b) => a - b);
  return numbers.map((_, i) => {
    const name = numbered(pattern, i);
    if (present.has(name)) return name;
    throw new UserError(`missing ${name}: the ${virtual} is made of it, and ends before it unasked`);
  });
}

function numbered(pattern: string, block: number): string {
  return pattern.replaceAll(BLOCK_OR_PERCENT, (match) => (match === '%%' ? '%' : `${block}`));
}

const BLOCK_OR_PERCENT = /%b|%%/g;

function numberOf(name: string, pattern: string): number[] {
  const literal = (text: string): string => text.replaceAll('%%', '%').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const [, digits] = new RegExp(`^${pattern.split('%b').map(literal).join('(\\d+)')}$`).exec(name) ?? [];
  return digits === undefined ? [] : [Number(digits)];
}

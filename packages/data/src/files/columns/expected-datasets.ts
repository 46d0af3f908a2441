import { UserError } from '@unfold-zoo/core';
import type { DatasetShape, Hdf5Reader } from '../hdf5/reader.js';

/**
 * The shape of a dataset that a file must have, and whose numbers can be read.
 * @throws UserError that says what is there instead; `missing` is how it begins where nothing is.
 */
export function expectDataset(reader: Hdf5Reader, path: string, missing: () => string): DatasetShape {
  const object = reader.objectAt(path);
  if (object === 'dataset') {
    reader.checkReadable(path);
    return reader.shapeOf(path)!;
  }
  if (object === 'group') {
    throw new UserError(`invalid ${path} in ${reader.path}: expected a dataset at ${path}, found a group`);
  }
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const group = path.slice(0, end);
    if (reader.objectAt(group) === 'dataset') throw datasetForGroup(reader, group);
  }
  throw new UserError(missing());
}

/** What is wrong with a dataset where there should be a group. */
export function datasetForGroup(reader: Hdf5Reader, group: string): UserError {
  const values = reader.typeProblem(group);
  const cure = values ?? 'name the columns along its last axis in an attribute "columns", or write a dataset for each';
  return new UserError(
    `invalid ${group} in ${reader.path}: expected a group of datasets at ${group}, found a dataset; ${cure}`,
  );
}

/** Checks a shape, in which axes of length 1 after the first do not count. */
export function expectShape(
  reader: Hdf5Reader,
  path: string,
  found: readonly number[],
  expected: readonly (number | string)[],
): void {
  const [rows, ...row] = expected;
  const matches =
    found.length > 0 &&
    (typeof rows === 'string' || rows === found[0]) &&
    String(withoutOnes(found.slice(1))) === String(withoutOnes(row));
  if (matches) return;
  throw new UserError(`invalid ${path} in ${reader.path}: expected shape ${written(expected)}, got ${written(found)}`);
}

function withoutOnes(lengths: readonly (number | string)[]): (number | string)[] {
  return lengths.filter((length) => length !== 1);
}

function written(lengths: readonly (number | string)[]): string {
  return lengths.length === 1 ? `(${lengths[0]},)` : `(${lengths.join(', ')})`;
}

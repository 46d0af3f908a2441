import { UserError } from '@unfold-zoo/core';
import { fileFormats } from '../tables/formats/formats.js';
import type { WritableFormat } from './array-writer.js';
import { hdf5Arrays } from './hdf5-arrays.js';
import { npzArrays } from './npz-arrays.js';
import { parquetArrays } from './parquet-arrays.js';

const writableFormats: readonly WritableFormat[] = [hdf5Arrays, parquetArrays, npzArrays];

/** Whether a format that is read is written too. */
export function isWritable(kind: string): boolean {
  return writableFormats.some((format) => format.kind === kind);
}

/**
 * The format that a file is written in, by the end of its name: Parquet, npz, or HDF5 for all other names.
 * @throws UserError for a name of a format that is read but not written.
 */
export function writableFormatOf(path: string): WritableFormat {
  const name = path.toLowerCase();
  const hasName = ({ extensions }: Pick<WritableFormat, 'extensions'>) => extensions.some((end) => name.endsWith(end));
  const found = writableFormats.find(hasName);
  const other = found ? undefined : fileFormats.find(hasName);
  if (other)
    throw new UserError(`unwritable ${path}: ${other.plural} are read, not written; expected .h5, .parquet or .npz`);
  return found ?? hdf5Arrays;
}

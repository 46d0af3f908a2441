import type { AttributeValue } from '../files/hdf5/writer.js';
import type { ArrayColumn } from './array-writer.js';

/** What files that are not HDF5 say of themselves: in Parquet by this key, in archives of NumPy in this member. */
export const METADATA = 'metadata';

/** What a file is of, as JSON: its attributes, and the names and units of momenta. */
export function metadataText(
  attributes: Readonly<Record<string, AttributeValue>>,
  columns: readonly ArrayColumn[],
): string {
  const names = columns.find((column) => column.names)?.names;
  return JSON.stringify({ ...attributes, ...(names && { ...names, units: 'GeV' }) });
}

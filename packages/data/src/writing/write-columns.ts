import { type AttributeValue, Hdf5Writer } from '../files/hdf5/writer.js';
import type { Column } from '../files/raw-events.js';

const STORAGE = { chunkRows: 4096, filter: { gzip: 6 } };

/**
 * Writes columns of as many rows as each other to an HDF5 file, each as a dataset [rows] or, with several numbers a
 * row, [rows, n]. A crash leaves no file.
 * @throws UserError for a disk that does not take it.
 */
export async function writeColumns(
  path: string,
  rows: number,
  columns: Readonly<Record<string, Column>>,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Promise<void> {
  await Hdf5Writer.write(path, (writer) => {
    for (const [name, values] of Object.entries(columns)) {
      const rowShape = values.length === rows ? [] : [values.length / rows];
      writer.append(`/${name}`, rowShape, values, STORAGE);
    }
    writer.setAttributes('/', attributes);
  });
}

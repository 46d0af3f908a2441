import type { AttributeValue } from '../files/hdf5/writer.js';
import type { Column } from '../files/raw-events.js';
import { writableFormatOf } from './writable-formats.js';

/**
 * Writes columns of as many rows as each other to a file, in the format of the end of its name. In HDF5 each is a
 * dataset [rows] or, with several numbers a row, [rows, n]; in Parquet a column of numbers or of lists. A crash leaves
 * no file.
 * @throws UserError for a disk that does not take it.
 */
export async function writeColumns(
  path: string,
  rows: number,
  columns: Readonly<Record<string, Column>>,
  attributes: Readonly<Record<string, AttributeValue>> = {},
): Promise<void> {
  await writableFormatOf(path).write(path, { rows, compressed: true }, async (writer) => {
    const arrays = Object.entries(columns).map(([name, values]) => {
      return { path: `/${name}`, rowShape: values.length === rows ? [] : [values.length / rows], values };
    });
    await writer.append(rows, arrays);
    await writer.setAttributes(attributes);
  });
}

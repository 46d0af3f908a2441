import { UserError } from '@unfold-zoo/core';
import { fileFormats } from '../tables/formats/formats.js';
import { isWritable } from '../writing/writable-formats.js';
import type { IndexedDraws } from './draw-layout.js';
import { DrawFile } from './open-draws.js';
import { TableDraws } from './table-draws.js';

/** A file of draws in any format that they are written in. */
export type ReadableDraws = DrawFile | TableDraws;

/**
 * Opens a file of draws to be converted or joined with others. The caller closes it.
 * @throws UserError for a file that is missing, damaged, or holds no draws.
 */
export async function readableDraws(path: string): Promise<ReadableDraws> {
  const format = fileFormats.find(({ extensions }) => extensions.some((end) => path.toLowerCase().endsWith(end)));
  if (!format || format.kind === 'hdf5') return DrawFile.open(path);
  if (!isWritable(format.kind))
    throw new UserError(`invalid ${path}: ${format.plural} hold no draws; expected .h5, .parquet or .npz`);
  const table = await format.open(path);
  try {
    return new TableDraws(table);
  } catch (error) {
    await table.close();
    throw error;
  }
}

/** Whether a file holds draws, which only formats that are written can. @throws UserError for damage. */
export async function holdsDraws(path: string, kind: string): Promise<boolean> {
  if (!isWritable(kind)) return false;
  if (kind === 'hdf5') {
    const file = await DrawFile.openIfDraws(path);
    file?.close();
    return file !== undefined;
  }
  const table = await fileFormats.find((format) => format.kind === kind)!.open(path);
  await table.close();
  return table.columns.some(({ name }) => name.startsWith('draws/'));
}

/** Draws that go through memory at once: 14 MB of top pairs. */
const DRAWS_AT_ONCE = 65_536;

/** All draws of a file, block by block. */
export async function* blocksOf(file: ReadableDraws): AsyncGenerator<IndexedDraws> {
  const size = Math.max(1, Math.floor(DRAWS_AT_ONCE / file.draws));
  for (let start = 0; start < file.events; start += size)
    yield await file.read(start, Math.min(size, file.events - start));
}

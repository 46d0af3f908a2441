import { type AttributeValue, Hdf5Writer, type Storage } from '../files/hdf5/writer.js';
import type { ArrayColumn, ArrayStorage, ArrayWriter, MomentumNames, WritableFormat } from './array-writer.js';

/** Rows of events that are compressed together. */
const CHUNK_ROWS = 4096;
/** Bytes of draws that are stored together, or all rows if they take less. */
const CHUNK_BYTES = 2 ** 20;

/** Arrays as datasets of an HDF5 file. */
class Hdf5Arrays implements ArrayWriter {
  readonly #writer: Hdf5Writer;
  readonly #storage: ArrayStorage;
  readonly #momenta = new Map<string, MomentumNames>();

  constructor(writer: Hdf5Writer, storage: ArrayStorage) {
    this.#writer = writer;
    this.#storage = storage;
  }

  append(_: number, columns: readonly ArrayColumn[]): void {
    for (const { path, rowShape, values, names } of columns) {
      if (names) this.#momenta.set(path, names);
      this.#writer.append(path, rowShape, values, storageOf(this.#storage, rowShape));
    }
  }

  setAttributes(attributes: Readonly<Record<string, AttributeValue>>): void {
    for (const [path, names] of this.#momenta) this.#writer.setAttributes(path, { ...names, units: 'GeV' });
    this.#writer.setAttributes('/', attributes);
  }
}

function storageOf({ rows, compressed }: ArrayStorage, rowShape: readonly number[]): Storage {
  if (compressed) return { chunkRows: CHUNK_ROWS, filter: { gzip: 6 } };
  const rowBytes = rowShape.reduce((product, length) => product * length, Float32Array.BYTES_PER_ELEMENT);
  const most = Math.max(1, Math.floor(CHUNK_BYTES / rowBytes));
  return { chunkRows: Math.min(CHUNK_ROWS, rows ?? CHUNK_ROWS, most), filter: 'checksum' };
}

/** HDF5: a dataset for each array, attributes for what is said of it. */
export const hdf5Arrays: WritableFormat = {
  kind: 'hdf5',
  extensions: ['.h5', '.hdf5', '.hdf'],
  write: (path, storage, fill) => Hdf5Writer.write(path, (writer) => fill(new Hdf5Arrays(writer, storage))),
};

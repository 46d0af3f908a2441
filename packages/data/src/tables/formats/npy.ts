import { beginWith, FileBytes } from '../file-bytes.js';
import { foreignFile } from '../foreign-file.js';
import type { ColumnBlock, FileFormat, TableColumn, TableFile } from '../table-file.js';
import { NpyArray } from './npy-array.js';
import { NPY_MAGIC } from './npy-header.js';

/** One array of NumPy: a column named `values`, or, of records, a column for each field. */
class NpyFile implements TableFile {
  readonly blockRows = 0;
  readonly #bytes: FileBytes;
  readonly #array: NpyArray;

  constructor(bytes: FileBytes, array: NpyArray) {
    this.#bytes = bytes;
    this.#array = array;
  }

  get path(): string {
    return this.#bytes.path;
  }

  get columns(): readonly TableColumn[] {
    return this.#array.columns;
  }

  async read(columns: readonly string[], start: number, count: number): Promise<ReadonlyMap<string, ColumnBlock>> {
    const blocks = new Map<string, ColumnBlock>();
    for (const name of columns) {
      const place = this.columns.findIndex((column) => column.name === name);
      blocks.set(name, await this.#array.read(place, start, count));
    }
    return blocks;
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }
}

/** Files `.npy`, read by ranges. Pickled objects are refused. */
export const npyFormat: FileFormat = {
  kind: 'npy',
  plural: 'NumPy files of one array (.npy)',
  extensions: ['.npy'],
  async open(path) {
    const bytes = await FileBytes.open(path);
    try {
      if (!(await beginWith(bytes, NPY_MAGIC))) throw foreignFile(path, 'an array of NumPy (.npy)');
      return new NpyFile(bytes, await NpyArray.open(bytes, '', path));
    } catch (error) {
      await bytes.close();
      throw error;
    }
  },
};

import { Hdf5Reader } from '../../files/hdf5/reader.js';
import type { ColumnBlock, FileFormat, TableColumn, TableFile } from '../table-file.js';
import { type FrameColumn, pandasFrames } from './pandas-frames.js';

/** The datasets of an HDF5 file as columns, by their paths without the first slash, and the columns of data frames. */
class Hdf5Table implements TableFile {
  readonly columns: readonly TableColumn[];
  readonly #reader: Hdf5Reader;
  readonly #datasets: readonly string[];
  readonly #frames: ReadonlyMap<string, FrameColumn>;

  constructor(reader: Hdf5Reader) {
    this.#reader = reader;
    const datasets = [...reader.datasets()];
    const frames = pandasFrames(reader, datasets);
    this.#datasets = datasets.filter((path) => !frames.owns(path));
    this.#frames = new Map(frames.columns.map((each) => [each.column.name, each]));
    this.columns = [
      ...frames.columns.map(({ column }) => column),
      ...this.#datasets.map((path) => columnOf(reader, path)),
    ];
  }

  get path(): string {
    return this.#reader.path;
  }

  get blockRows(): number {
    const chunks = this.#datasets.map((path) => this.#reader.shapeOf(path)!.chunkRows);
    return chunks.reduce((most, rows) => Math.max(most, rows), 0);
  }

  async read(columns: readonly string[], start: number, count: number): Promise<ReadonlyMap<string, ColumnBlock>> {
    return new Map(
      columns.map((name) => [
        name,
        this.#frames.get(name)?.read(start, count) ?? { values: this.#reader.read(`/${name}`, start, count) },
      ]),
    );
  }

  async close(): Promise<void> {
    this.#reader.close();
  }
}

function columnOf(reader: Hdf5Reader, path: string): TableColumn {
  const { shape } = reader.shapeOf(path)!;
  const problem = reader.typeProblem(path) ?? (shape.length === 0 ? 'it holds one value, expected rows' : undefined);
  const [length = 1, ...row] = shape;
  return { name: path.slice(1), type: reader.typeName(path), length, shape: row, ...(problem && { problem }) };
}

/** HDF5 files: every dataset of numbers is a column. */
export const hdf5Format: FileFormat = {
  kind: 'hdf5',
  plural: 'HDF5 files',
  extensions: ['.h5', '.hdf5', '.hdf'],
  opensOwnLayout: true,
  async open(path) {
    const reader = await Hdf5Reader.open(path);
    try {
      return new Hdf5Table(reader);
    } catch (error) {
      reader.close();
      throw error;
    }
  },
};

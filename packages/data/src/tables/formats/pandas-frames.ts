import type { Hdf5Reader, RecordField } from '../../files/hdf5/reader.js';
import type { ColumnBlock, TableColumn } from '../table-file.js';
import { damaged } from '../table-mistakes.js';

/** A column of a data frame of pandas, and how its rows are read. */
export interface FrameColumn {
  readonly column: TableColumn;
  read(start: number, count: number): ColumnBlock;
}

/** A data frame has a block for each type of its columns. */
const MOST_BLOCKS = 1000;

/** The data frames of pandas in an HDF5 file. */
export interface Frames {
  /** Named after the frame's columns alone; after `key/column` where the file has several frames. */
  readonly columns: readonly FrameColumn[];
  /** Whether a dataset belongs to a frame. */
  owns(dataset: string): boolean;
}

/** Finds the data frames that pandas wrote, in its formats `fixed` and `table`. */
export function pandasFrames(reader: Hdf5Reader, datasets: readonly string[]): Frames {
  const keys = [...new Set(datasets.flatMap((path) => /^(.*)\/(?:axis0|table)$/.exec(path)?.[1] ?? []))];
  const frames = keys.filter((key) => /^frame/.test(String(reader.attribute(key, 'pandas_type'))));
  const columns = frames.flatMap((key) => {
    const found = reader.objectAt(`${key}/table`) ? tableColumns(reader, key) : fixedColumns(reader, key);
    return frames.length === 1 ? found : found.map((each) => renamed(each, `${key.slice(1)}/${each.column.name}`));
  });
  return { columns, owns: (dataset) => frames.some((key) => dataset.startsWith(`${key}/`)) };
}

function renamed(frame: FrameColumn, name: string): FrameColumn {
  return { ...frame, column: { ...frame.column, name } };
}

/** Format `fixed`: columns of one type are a block, named by another dataset. */
function fixedColumns(reader: Hdf5Reader, key: string): FrameColumn[] {
  const blocks = Number(reader.attribute(key, 'nblocks') ?? 0);
  if (!(Number.isInteger(blocks) && blocks >= 0 && blocks <= MOST_BLOCKS))
    throw damaged(reader.path, key, new Error(`it says it has ${blocks} blocks`));
  return Array.from({ length: blocks }, (_, block) => {
    const path = `${key}/block${block}_values`;
    const names = reader.texts(`${key}/block${block}_items`) ?? [];
    const { shape } = reader.shapeOf(path) ?? { shape: [0] };
    const problem = reader.typeProblem(path);
    return names.map((name, place): FrameColumn => {
      const column = { name, type: reader.typeName(path), length: shape[0]!, shape: [], ...(problem && { problem }) };
      const read = (start: number, count: number) => ({
        values: strided(reader.read(path, start, count), place, names.length),
      });
      return { column, read };
    });
  }).flat();
}

/** Format `table`: records, of which a field holds the columns of one type, or a column by its name. */
function tableColumns(reader: Hdf5Reader, key: string): FrameColumn[] {
  const path = `${key}/table`;
  const length = reader.shapeOf(path)?.shape[0] ?? 0;
  return (reader.fields(path) ?? []).flatMap((field): FrameColumn[] => {
    const names = fieldNames(reader, path, field);
    return names.map((name, place) => ({
      column: { name, type: field.type, length, shape: [] },
      read: (start, count) => ({
        values: strided(reader.readField(path, field, start, count), place, names.length),
      }),
    }));
  });
}

/** pandas pickles the list of names, as text: a line `Vmet` for each. */
function fieldNames(reader: Hdf5Reader, path: string, { name, shape }: RecordField): string[] {
  if (shape.length === 0) return [name];
  const pickled = String(reader.attribute(path, `${name}_kind`) ?? '');
  const names = [...pickled.matchAll(/^a?V(.*)$/gm)].map(([, text]) => text!);
  const isWhole = names.length === shape.reduce((product, each) => product * each, 1);
  return isWhole ? names : names.slice(0, 0);
}

function strided(values: ColumnBlock['values'], place: number, width: number): ColumnBlock['values'] {
  return width === 1 ? values : (values as Float64Array).filter((_, i) => i % width === place);
}

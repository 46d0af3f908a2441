import { type Column, LENGTHS } from '../files/raw-events.js';
import type { ArrayColumn } from './array-writer.js';

type Numbers = readonly (number | bigint)[];

/** Rows of a column that has a number for each, or a list. */
export interface PlainColumn {
  /** Path in the layout of this package without its first slash; of momenta with particle and component behind it. */
  readonly name: string;
  readonly isList: boolean;
  readonly rows: Numbers | readonly Numbers[];
  /** An array of the type of its numbers. */
  readonly like: Column;
}

/**
 * Rows `start` to `start + count` of arrays of `size` rows as columns without further axes: momenta apart by particle
 * and component, e.g. `truth/hadronic_top/px`, and padded sets as lists, which need no column of lengths.
 */
export function plainColumns(
  columns: readonly ArrayColumn[],
  size: number,
  start: number,
  count: number,
): PlainColumn[] {
  const ofSets = new Set(columns.filter(({ lengths }) => lengths).map(({ path }) => folderOf(path)));
  const isKept = ({ path }: ArrayColumn) => !(path.endsWith(`/${LENGTHS}`) && ofSets.has(folderOf(path)));
  const rows = Array.from({ length: count }, (_, i) => start + i);
  return columns.filter(isKept).flatMap((column) => {
    const width = column.values.length / size;
    return column.names ? momentumColumns(column, width, rows) : [plainColumn(column, width, rows)];
  });
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function plainColumn({ path, rowShape, values, lengths }: ArrayColumn, width: number, rows: readonly number[]) {
  const column = { name: path.slice(1), like: values };
  const isList = rowShape.length > 0 || lengths !== undefined;
  if (!isList) return { ...column, isList, rows: rows.map((row) => values[row]!) };
  const list = (row: number): Numbers => {
    const length = lengths ? Number(lengths[row]) : width;
    return Array.from({ length }, (_, entry) => values[row * width + entry]!);
  };
  return { ...column, isList, rows: rows.map(list) };
}

function momentumColumns({ path, rowShape, values, names }: ArrayColumn, width: number, rows: readonly number[]) {
  const { particles, components } = names!;
  const momenta = particles.length * components.length;
  const isList = rowShape.length > 2;
  return particles.flatMap((particle, p) =>
    components.map((component, c): PlainColumn => {
      const place = p * components.length + c;
      const list = (row: number): Numbers =>
        Array.from({ length: width / momenta }, (_, entry) => values[row * width + entry * momenta + place]!);
      const column = { name: `${folderOf(path).slice(1)}/${particle}/${component}`, isList, like: values };
      return { ...column, rows: isList ? rows.map(list) : rows.map((row) => values[row * width + place]!) };
    }),
  );
}

import { type Cell, sortRows } from '@unfold-zoo/explore/view';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Scroll } from './scroll.js';

/** A column of a table: what it is sorted by, and how that is shown. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Cell;
  readonly show?: (row: Row) => ComponentChildren;
  /** Whether it holds sentences, which are broken into lines. */
  readonly isText?: boolean;
}

interface SortableTableProps<Row> {
  readonly title: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}

/** A table that is sorted by the column whose title is pressed, down and then up. */
export function SortableTable<Row>({ title, columns, rows, keyOf }: SortableTableProps<Row>) {
  const [order, setOrder] = useState<{ readonly column: number; readonly descending: boolean }>();
  const sorted = order ? sortRows(rows, columns[order.column]!.cell, order.descending) : rows;
  const press = (column: number): void =>
    setOrder({ column, descending: order?.column === column ? !order.descending : true });
  const sortOf = (column: number) =>
    order?.column === column ? ({ 'aria-sort': order.descending ? 'descending' : 'ascending' } as const) : {};
  return (
    <Scroll title={title}>
      <table>
        <caption>{title}</caption>
        <thead>
          <tr>
            {columns.map(({ title, isText }, i) => (
              <th key={title} scope="col" class={isText ? 'words' : ''} {...sortOf(i)}>
                <button type="button" onClick={() => press(i)}>
                  {title}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={keyOf(row)}>{columns.map((column, i) => cellOf(column, row, i))}</tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function cellOf<Row>({ title, cell, show, isText }: Column<Row>, row: Row, index: number) {
  const content = show ? show(row) : shown(cell(row));
  return index === 0 ? (
    <th key={title} scope="row">
      {content}
    </th>
  ) : (
    <td key={title} class={isText ? 'words' : ''}>
      {content}
    </td>
  );
}

function shown(cell: Cell): string {
  if (cell === undefined || Number.isNaN(cell)) return '–';
  return typeof cell === 'number' && !Number.isInteger(cell) ? cell.toPrecision(4) : String(cell);
}

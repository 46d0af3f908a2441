/** What a column of a table holds in a row. */
export type Cell = string | number | undefined;

/**
 * Rows by a column, ascending or descending; numbers by size, texts by their letters and the numbers in them. Rows
 * without a value stand last either way, and rows of the same value stay in their order.
 */
export function sortRows<Row>(rows: readonly Row[], cell: (row: Row) => Cell, descending = false): Row[] {
  const sign = descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [x, y] = [cell(a), cell(b)];
    if (isMissing(x) || isMissing(y)) return Number(isMissing(x)) - Number(isMissing(y));
    return sign * compare(x, y);
  });
}

function isMissing(cell: Cell): cell is undefined {
  return cell === undefined || cell === '' || Number.isNaN(cell);
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a).localeCompare(String(b), 'en', { numeric: true });
}

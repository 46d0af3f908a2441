import { FILL_VALUES_OF_ANY } from '../files/check-events.js';
import type { FileFormat, TableColumn, TableFile } from '../tables/table-file.js';

/** What is in one column. Plain numbers, fit for JSON; null where nothing was seen or it cannot be read. */
export interface ColumnSummary extends TableColumn {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Entries of a row, on average. */
  readonly entries: number | null;
  /** Share of the numbers that are not finite, and of those that are -999, -9999 or -99999. */
  readonly notFinite: number | null;
  readonly filled: number | null;
}

/** What is in a file of columns, before any topology says what they mean. */
export interface TableSummary {
  /** Kind of the data source that reads it. */
  readonly format: string;
  /** Rows of its first column, and how many were looked at. */
  readonly rows: number;
  readonly inspected: number;
  readonly columns: readonly ColumnSummary[];
  readonly notes: readonly string[];
}

/** Rows that are looked at unless told otherwise: a file may be larger than anyone waits for. */
const USUAL_ROWS = 20_000;
/** Columns and rows that are read at once. */
const COLUMNS_AT_ONCE = 64;
const ROWS_AT_ONCE = 4096;

/**
 * Looks at the columns of a file: types, shapes, ranges, and how much of them is no number.
 * @param options.table which of the tables of a file that has several.
 * @param options.maxRows rows that are looked at, from the first; 20,000 unless given.
 * @throws UserError for a file that cannot be opened, and for damage.
 */
export async function inspectTable(
  path: string,
  format: FileFormat,
  { table, maxRows = USUAL_ROWS }: { readonly table?: string | undefined; readonly maxRows?: number } = {},
): Promise<TableSummary> {
  const file = await format.open(path, table);
  try {
    const rows = file.columns[0]?.length ?? 0;
    const inspected = Math.min(rows, maxRows);
    const columns: ColumnSummary[] = [];
    for (let first = 0; first < file.columns.length; first += COLUMNS_AT_ONCE)
      columns.push(...(await summaries(file, file.columns.slice(first, first + COLUMNS_AT_ONCE), maxRows)));
    return { format: format.kind, rows, inspected, columns, notes: file.notes ?? [] };
  } finally {
    await file.close();
  }
}

async function summaries(file: TableFile, columns: readonly TableColumn[], maxRows: number): Promise<ColumnSummary[]> {
  const tallies = columns.map((column) => new ColumnTally(column));
  const most = Math.min(maxRows, Math.max(...columns.map(({ length }) => length)));
  for (let start = 0; start < most; start += ROWS_AT_ONCE) {
    // Columns may have different lengths: those that end together are read together.
    const ends = new Map<number, ColumnTally[]>();
    for (const tally of tallies.filter((each) => each.isReadable && each.column.length > start)) {
      const end = Math.min(start + ROWS_AT_ONCE, most, tally.column.length);
      ends.set(end, [...(ends.get(end) ?? []), tally]);
    }
    for (const [end, together] of ends) {
      const names = together.map(({ column }) => column.name);
      const blocks = await file.read(names, start, end - start);
      for (const tally of together) {
        const block = blocks.get(tally.column.name)!;
        tally.add(block.values, end - start);
        file.giveBack?.(block);
      }
    }
  }
  return tallies.map((tally) => tally.summary());
}

/** A column as its rows go by. */
class ColumnTally {
  readonly column: TableColumn;
  #rows = 0;
  #numbers = 0;
  #finite = 0;
  #filled = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(column: TableColumn) {
    this.column = column;
  }

  get isReadable(): boolean {
    return this.column.problem === undefined;
  }

  add(values: ArrayLike<number | bigint>, rows: number): void {
    this.#rows += rows;
    this.#numbers += values.length;
    for (let i = 0; i < values.length; i++) {
      const value = Number(values[i]);
      if (!Number.isFinite(value)) continue;
      this.#finite++;
      this.#sum += value;
      if (FILL_VALUES_OF_ANY.has(value)) this.#filled++;
      if (value < this.#min) this.#min = value;
      if (value > this.#max) this.#max = value;
    }
  }

  summary(): ColumnSummary {
    const isSeen = this.#finite > 0;
    const share = (part: number): number | null => (this.#numbers > 0 ? part / this.#numbers : null);
    return {
      ...this.column,
      min: isSeen ? this.#min : null,
      max: isSeen ? this.#max : null,
      mean: isSeen ? this.#sum / this.#finite : null,
      entries: this.#rows > 0 ? this.#numbers / this.#rows : null,
      notFinite: share(this.#numbers - this.#finite),
      filled: share(this.#filled),
    };
  }
}

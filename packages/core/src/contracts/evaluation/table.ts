/** Whose numbers a row or column holds: a model's, the floor's, the paper's, or a sum of what is above it. */
export type TableOrigin = 'model' | 'floor' | 'paper' | 'sum';

/** A row of a table. */
export interface TableRow {
  readonly label: string;
  readonly origin: TableOrigin;
  readonly cells: readonly string[];
  /** Of each cell, whether it is the best of our models or cannot be told from it; absent where nothing is best. */
  readonly best?: readonly boolean[];
}

/** A table ready to print. */
export interface Table {
  readonly title: string;
  readonly heading: string;
  readonly columns: readonly { readonly label: string; readonly origin: TableOrigin }[];
  readonly rows: readonly TableRow[];
  readonly notes: readonly string[];
}

import type { Column } from '../files/raw-events.js';

/** What is known of a column of a file without reading it. */
export interface TableColumn {
  /** As the file has it: a branch, a member, a path below the root, a field. */
  readonly name: string;
  /** Of its numbers, e.g. `float32`, `int64`, `bool`. */
  readonly type: string;
  /** Rows that it has. */
  readonly length: number;
  /**
   * The axes after the first: [] for one number a row, [4] for four. `jagged` where the length differs from row to row,
   * which only the first of them may.
   */
  readonly shape: readonly (number | 'jagged')[];
  /** Why its values cannot be read, e.g. `it holds text`. */
  readonly problem?: string;
}

/** The numbers of some rows of a column. */
export interface ColumnBlock {
  /** Row after row, without padding; not to be changed, for a file may keep them and give them again. */
  readonly values: Column;
  /** [rows] entries of each row, where the column is jagged. */
  readonly counts?: Int32Array;
}

/** A file of columns that is open for reading. For damage, a `UserError` names file and column. */
export interface TableFile {
  readonly path: string;
  readonly columns: readonly TableColumn[];
  /** Rows that the file stores together; 0 where it does not say. */
  readonly blockRows: number;
  /** What its user should know, though it is no mistake. */
  readonly notes?: readonly string[];
  /** What a file that this package wrote says of itself, as JSON. */
  readonly metadata?: string | undefined;
  /** Rows `start` to `start + count` of some of its columns, by their names. */
  read(columns: readonly string[], start: number, count: number): Promise<ReadonlyMap<string, ColumnBlock>>;
  /**
   * Says that nobody reads a block of `read` any more, so that its memory may be used again; whoever keeps a block says
   * nothing. Fresh memory costs more than copying numbers to it.
   */
  giveBack?(block: ColumnBlock): void;
  close(): Promise<void>;
}

/** A format of files of columns; `fileFormatSource` makes the data source that reads it. */
export interface FileFormat {
  /** The kind of the data source that reads it. */
  readonly kind: string;
  /** What files of it are called: `ROOT files`. */
  readonly plural: string;
  /** Ends of names, with the dot: what `inspect` takes for such a file. */
  readonly extensions: readonly string[];
  /** Whether a file may hold several tables, which option `table` chooses from. */
  readonly hasTables?: boolean;
  /** Whether files of the layout of this package are read without a mapping, as HDF5 is. */
  readonly opensOwnLayout?: boolean;
  /**
   * Opens a file.
   * @param table which of its tables; unless given, the only one.
   * @throws UserError for a file that is missing, damaged or of another format.
   */
  open(path: string, table?: string): Promise<TableFile>;
}

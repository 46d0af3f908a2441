import type { AttributeValue } from '../files/hdf5/writer.js';
import type { Column } from '../files/raw-events.js';

/** Some rows of an array that is written to a file. */
export interface ArrayColumn {
  /** Where it is in the layout of this package, e.g. `/draws/momenta`. */
  readonly path: string;
  /** The axes after the first. */
  readonly rowShape: readonly number[];
  /** Row-major [rows, ...rowShape]. */
  readonly values: Column;
  /** Names along the last two axes, of momenta; formats of plain columns have one for each of both. */
  readonly names?: MomentumNames;
  /** [rows] how many of the first entries of each row count; the others are padding. */
  readonly lengths?: Column;
}

/** What stands along the last two axes of an array of momenta in GeV. */
export interface MomentumNames {
  readonly particles: readonly string[];
  readonly components: readonly string[];
}

/** Writes arrays block by block, so that memory does not grow with the file. */
export interface ArrayWriter {
  /**
   * Appends a block of as many rows to each array; every block has the same arrays. Numbers are copied or written
   * before it returns.
   */
  append(rows: number, columns: readonly ArrayColumn[]): void | Promise<void>;
  /** Says what the file is of. Called once, after the last block. */
  setAttributes(attributes: Readonly<Record<string, AttributeValue>>): void | Promise<void>;
}

/** How a file is stored. */
export interface ArrayStorage {
  /** Rows that it will have at most, as far as that is known. */
  readonly rows?: number;
  /** Whether numbers are compressed, where the format can. */
  readonly compressed: boolean;
}

/** A format that events and draws are written in. */
export interface WritableFormat {
  /** As the data source is called that reads it. */
  readonly kind: string;
  /** Ends of names, with the dot. */
  readonly extensions: readonly string[];
  /**
   * Makes a file of what `fill` writes, whole or not at all.
   * @throws UserError where the disk does not take it; what `fill` throws.
   */
  write(path: string, storage: ArrayStorage, fill: (writer: ArrayWriter) => Promise<void>): Promise<void>;
}

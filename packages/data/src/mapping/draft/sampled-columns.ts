import type { ColumnBlock, TableFile } from '../../tables/table-file.js';

/** Rows that a draft looks at. */
export const SAMPLED_ROWS = 4096;

/** No collider makes objects whose median momentum is this, in GeV; in MeV nearly every one does. */
const LARGE_MEDIAN = 5000;

/** The first rows of some columns of a file, each read once. */
export class SampledColumns {
  readonly #table: TableFile;
  readonly #read = new Map<string, ColumnBlock>();

  constructor(table: TableFile) {
    this.#table = table;
  }

  get columns(): TableFile['columns'] {
    return this.#table.columns;
  }

  has(name: string): boolean {
    return this.columns.some((column) => column.name === name && column.problem === undefined);
  }

  /** The first rows of a column. */
  async block(name: string): Promise<ColumnBlock> {
    const known = this.#read.get(name);
    if (known) return known;
    const { length } = this.columns.find((column) => column.name === name)!;
    const rows = Math.min(length, SAMPLED_ROWS);
    const block = rows === 0 ? { values: new Float64Array(0) } : (await this.#table.read([name], 0, rows)).get(name)!;
    this.#read.set(name, block);
    return block;
  }

  async values(name: string): Promise<Float64Array> {
    const { values } = await this.block(name);
    return Float64Array.from(values as ArrayLike<number>, Number);
  }

  /** Most entries of a row of a list. */
  async mostEntries(name: string): Promise<number> {
    const { counts = new Int32Array(0) } = await this.block(name);
    return counts.reduce((most, count) => Math.max(most, count), 0);
  }

  /** Whether momenta look as if they were in MeV. */
  async isMeV(name: string): Promise<boolean> {
    const seen = (await this.values(name)).map(Math.abs).filter((value) => value > 0 && value < Number.MAX_VALUE);
    const median = seen.sort()[Math.floor(seen.length / 2)];
    return median !== undefined && median > LARGE_MEDIAN;
  }
}

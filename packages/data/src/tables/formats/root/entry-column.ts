import type { Column } from '../../../files/raw-events.js';
import type { ColumnBlock, TableColumn } from '../../table-file.js';

/** Numbers that there is place for before any has come: a damaged file may say any. */
const MOST_EXPECTED = 2 ** 22;

/** A column of entries that jsroot hands over one by one. */
export class EntryColumn {
  readonly name: string;
  readonly #isJagged: boolean;
  readonly #width: number;
  readonly #counts: Int32Array;
  #values: Float32Array | Float64Array;
  #filled = 0;
  #entries = 0;

  constructor({ name, type, shape }: TableColumn, count: number) {
    this.name = name;
    this.#isJagged = shape[0] === 'jagged';
    const fixed = (this.#isJagged ? shape.slice(1) : shape) as readonly number[];
    this.#width = fixed.reduce((product, length) => product * length, 1);
    this.#counts = new Int32Array(count);
    const expected = Math.min(count * this.#width, MOST_EXPECTED);
    this.#values = type === 'float32' ? new Float32Array(expected) : new Float64Array(expected);
  }

  /** The value of the next entry: a number, or an array. */
  add(value: unknown): void {
    const before = this.#filled;
    this.#append(value);
    if (this.#entries < this.#counts.length) this.#counts[this.#entries] = (this.#filled - before) / this.#width;
    this.#entries++;
  }

  #append(value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      const list = value as ArrayLike<unknown>;
      for (let i = 0; i < list.length; i++) this.#append(list[i]);
      return;
    }
    if (this.#filled === this.#values.length) this.#grow();
    this.#values[this.#filled++] = Number(value);
  }

  #grow(): void {
    const Type = this.#values.constructor as Float64ArrayConstructor;
    const longer = new Type(2 * this.#filled + 16);
    longer.set(this.#values);
    this.#values = longer;
  }

  checkCount(expected: number): void {
    if (this.#entries !== expected) throw new Error(`${this.name} has ${this.#entries} entries of ${expected}`);
    const isWhole = this.#isJagged || this.#filled === expected * this.#width;
    if (!isWhole) throw new Error(`${this.name} has ${this.#filled} numbers, expected ${expected * this.#width}`);
  }

  block(): ColumnBlock {
    const values: Column = this.#values.slice(0, this.#filled);
    return this.#isJagged ? { values, counts: this.#counts } : { values };
  }
}

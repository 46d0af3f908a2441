import { UserError } from '@unfold-zoo/core';
import { columnPath, type GroupLayout } from '../event-layout.js';
import type { DatasetShape, Hdf5Reader } from '../hdf5/reader.js';
import { type Column, LENGTHS } from '../raw-events.js';
import { datasetForGroup, expectDataset, expectShape } from './expected-datasets.js';

/** Beside or instead of `lengths`: not 0 for the entries of a set that are objects, which come first. */
const MASK = 'MASK';

/** Attribute of a dataset that stands for a group: names of what is along its last axis. */
const COLUMNS = 'columns';

/**
 * The columns of a group below /detector as a file holds them: a dataset each, or all in one dataset with an attribute
 * `columns`.
 */
export class DetectorColumns {
  readonly #reader: Hdf5Reader;
  readonly #group: string;
  readonly #layout: GroupLayout;
  readonly #missing: (dataset: string) => string;
  /** Names along the last axis of the one dataset; undefined for a dataset each. */
  readonly #names: readonly string[] | undefined;

  constructor(reader: Hdf5Reader, group: string, layout: GroupLayout, missing: (dataset: string) => string) {
    this.#reader = reader;
    this.#group = group;
    this.#layout = layout;
    this.#missing = missing;
    const path = this.#path;
    if (reader.objectAt(path) !== 'dataset') return;
    const names = reader.typeProblem(path) ? undefined : reader.attribute(path, COLUMNS);
    if (!Array.isArray(names)) throw datasetForGroup(reader, path);
    this.#names = names.map((name) => String(name).trim());
  }

  get #path(): string {
    return `/detector/${this.#group}`;
  }

  /** The shape of a dataset of the group: its first axis is events. */
  get shape(): DatasetShape {
    return this.#expect(this.#names ? this.#path : columnPath(this.#group, this.#layout.columns[0]!));
  }

  /** Datasets that belong to it. */
  get datasets(): string[] {
    const { columns, capacity } = this.#layout;
    const beside = capacity === undefined ? [] : [columnPath(this.#group, LENGTHS), columnPath(this.#group, MASK)];
    return [this.#path, ...columns.map((column) => columnPath(this.#group, column)), ...beside];
  }

  #expect(dataset: string): DatasetShape {
    return expectDataset(this.#reader, dataset, () => this.#missing(dataset));
  }

  /** Checks that every column is there for so many events, and what says how many objects there are. */
  check(events: number): void {
    const { capacity, columns } = this.#layout;
    const row = capacity === undefined ? [] : [capacity];
    if (this.#names) this.#checkTable([events, ...row, this.#names.length]);
    else for (const column of columns) this.#checkShape(columnPath(this.#group, column), [events, ...row]);
    if (capacity === undefined) return;
    const lengths = this.#has(LENGTHS);
    const mask = this.#has(MASK);
    if (!lengths && !mask) throw this.#missingLengths();
    if (lengths) this.#checkShape(columnPath(this.#group, LENGTHS), [events]);
    if (mask && !this.#names) this.#checkShape(columnPath(this.#group, MASK), [events, capacity]);
  }

  #checkTable(shape: readonly number[]): void {
    expectShape(this.#reader, this.#path, this.#expect(this.#path).shape, shape);
    const absent = this.#layout.columns.find((column) => !this.#names!.includes(column));
    if (absent === undefined) return;
    throw new UserError(
      `missing ${absent} in ${this.#reader.path}: the columns of ${this.#path} are ${this.#names!.join(', ')}`,
    );
  }

  #checkShape(dataset: string, shape: readonly number[]): void {
    expectShape(this.#reader, dataset, this.#expect(dataset).shape, shape);
  }

  #has(column: typeof LENGTHS | typeof MASK): boolean {
    if (this.#names) return column === MASK && this.#names.includes(MASK);
    return this.#reader.objectAt(columnPath(this.#group, column)) !== undefined;
  }

  #missingLengths(): UserError {
    const expected = this.#names ? `a column ${MASK} in ${this.#path}` : columnPath(this.#group, LENGTHS);
    const other = this.#names ? '' : ` or ${MASK}`;
    return new UserError(`missing ${expected} in ${this.#reader.path}: ${this.#group} needs it${other}`);
  }

  /** The columns of some events, with `lengths` for a set. */
  read(start: number, count: number): Record<string, Column> {
    const read = this.#names ? this.#tableReader(this.#names, start, count) : this.#columnReader(start, count);
    const present: Record<string, Column> = {};
    for (const column of this.#layout.columns) present[column] = read(column);
    if (this.#layout.capacity !== undefined)
      present[LENGTHS] = this.#lengths(read, this.#layout.capacity, start, count);
    return present;
  }

  #columnReader(start: number, count: number): (column: string) => Column {
    return (column) => {
      const path = columnPath(this.#group, column);
      const values = this.#reader.read(path, start, count);
      this.#checkExact(values, path, start, count);
      return values;
    };
  }

  #tableReader(names: readonly string[], start: number, count: number): (column: string) => Column {
    const table = this.#reader.read(this.#path, start, count);
    this.#checkExact(table, this.#path, start, count);
    return (column) => {
      const place = names.indexOf(column);
      return Float64Array.from({ length: table.length / names.length }, (_, i) =>
        Number(table[i * names.length + place]),
      );
    };
  }

  // Whole numbers of 64 bits become doubles further on.
  #checkExact(values: Column, path: string, start: number, count: number): void {
    if (!(values instanceof BigInt64Array || values instanceof BigUint64Array)) return;
    const place = values.findIndex((value: bigint) => !Number.isSafeInteger(Number(value)));
    if (place < 0) return;
    const event = start + Math.floor((place * count) / values.length);
    throw new UserError(
      `invalid ${path} in ${this.#reader.path}: event ${event} has ${values[place]}, expected at most 2^53 in size`,
    );
  }

  #lengths(read: (column: string) => Column, capacity: number, start: number, count: number): Column {
    const lengths = this.#has(LENGTHS) ? read(LENGTHS) : undefined;
    if (!this.#has(MASK)) return lengths!;
    const masked = this.#masked(read(MASK), capacity, start, count);
    const differs = lengths ? masked.findIndex((objects, event) => objects !== Number(lengths[event])) : -1;
    if (differs < 0) return lengths ?? masked;
    throw this.#invalidMask(
      start + differs,
      `${masked[differs]} objects, ${columnPath(this.#group, LENGTHS)} says ${lengths![differs]}`,
    );
  }

  /** [count] objects of each event by a mask [count, capacity]. */
  #masked(mask: Column, capacity: number, start: number, count: number): Int32Array {
    return Int32Array.from({ length: count }, (_, event) => {
      const entries = [...mask.subarray(event * capacity, (event + 1) * capacity)].map(Number);
      const objects = entries.findLastIndex((entry) => entry !== 0) + 1;
      if (entries.some(Number.isNaN)) throw this.#invalidMask(start + event, 'NaN, expected 0 or 1');
      if (entries.indexOf(0) >= 0 && entries.indexOf(0) < objects)
        throw this.#invalidMask(start + event, 'a gap between its objects');
      return objects;
    });
  }

  #invalidMask(event: number, problem: string): UserError {
    const path = columnPath(this.#group, MASK);
    return new UserError(`invalid ${path} in ${this.#reader.path}: event ${event} has ${problem}`);
  }
}

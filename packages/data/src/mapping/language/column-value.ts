import { UserError } from '@unfold-zoo/core';
import type { ColumnBlock, TableColumn } from '../../tables/table-file.js';

/** Numbers of each event of a block: one, or a list. Conditions are 1 or 0. */
export interface ColumnValue {
  /** [n], or for lists [entries of all events, components]. */
  readonly values: Float64Array;
  /** [n] entries of each event; absent for one number an event. */
  readonly counts?: Int32Array;
  /** Numbers of each entry: 1 but for arrays (events, objects, components). */
  readonly components: number;
}

/** Rows of a file's columns that expressions are evaluated on. */
export interface ColumnRows {
  readonly size: number;
  column(name: string): ColumnValue;
}

/** The rows that were read of some columns. */
export function columnRows(
  size: number,
  columns: ReadonlyMap<string, TableColumn>,
  blocks: ReadonlyMap<string, ColumnBlock>,
): ColumnRows {
  const known = new Map<string, ColumnValue>();
  return {
    size,
    column(name) {
      const found = known.get(name) ?? columnValue(columns.get(name)!, blocks.get(name)!, size);
      known.set(name, found);
      return found;
    },
  };
}

function columnValue({ name, shape }: TableColumn, { values, counts }: ColumnBlock, size: number): ColumnValue {
  const numbers = exactNumbers(values, name);
  if (counts) return { values: numbers, counts, components: componentsOf(shape) };
  if (shape.length === 0) return { values: numbers, components: 1 };
  return { values: numbers, counts: new Int32Array(size).fill(shape[0] as number), components: componentsOf(shape) };
}

/** Numbers of each entry of a list, by the axes of the column. */
export function componentsOf(shape: TableColumn['shape']): number {
  return shape.slice(1).reduce<number>((product, length) => product * (length as number), 1);
}

function exactNumbers(values: ColumnBlock['values'], name: string): Float64Array {
  if (values instanceof Float64Array) return values;
  if (!(values instanceof BigInt64Array || values instanceof BigUint64Array)) return new Float64Array(values);
  const numbers = Float64Array.from(values as ArrayLike<unknown>, Number);
  const place = numbers.findIndex((value) => !Number.isSafeInteger(value));
  if (place < 0) return numbers;
  throw new UserError(`invalid ${name}: it holds ${values[place]}, expected at most 2^53 in size`);
}

/** The number of an event for each entry of a list. */
export function spreadToEntries(values: Float64Array, counts: Int32Array): Float64Array {
  const entries = counts.reduce((sum, count) => sum + count, 0);
  const wide = new Float64Array(entries);
  for (let event = 0, entry = 0; event < counts.length; event++)
    for (let i = 0; i < counts[event]!; i++) wide[entry++] = values[event]!;
  return wide;
}

/** The first event in which two lists have different numbers of entries; -1 for none. */
export function firstDifference(a: Int32Array, b: Int32Array): number {
  return a.findIndex((count, event) => count !== b[event]);
}

/** The numbers of a list that a function makes of each event's own, e.g. those that it keeps. */
export function mapLists(
  { values, counts, components }: ColumnValue,
  each: (entries: Float64Array, event: number) => ArrayLike<number>,
): ColumnValue {
  const parts: ArrayLike<number>[] = [];
  for (let event = 0, start = 0; event < counts!.length; event++) {
    const end = start + counts![event]! * components;
    parts.push(each(values.subarray(start, end), event));
    start = end;
  }
  const joined = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const part of parts) {
    joined.set(part, filled);
    filled += part.length;
  }
  return { values: joined, counts: Int32Array.from(parts, ({ length }) => length / components), components };
}

/** One number of each event's list. */
export function reduceLists(list: ColumnValue, each: (entries: Float64Array, event: number) => number): ColumnValue {
  const { counts, components } = list;
  const values = new Float64Array(counts!.length);
  for (let event = 0, start = 0; event < values.length; event++) {
    const end = start + counts![event]! * components;
    values[event] = each(list.values.subarray(start, end), event);
    start = end;
  }
  return { values, components: 1 };
}

import type { ColumnBlock } from './table-file.js';

/** Rows of numbers, or of lists of numbers, as libraries hand them over. */
export type NestedRows = ArrayLike<unknown>;

/** A typed array that can hold what a type of numbers has. */
type NumberArray = Float64Array | BigInt64Array;

/**
 * Rows of numbers as a block of a column; `shape` says how they are nested. What is null is NaN.
 * @throws RangeError for a row that is nested otherwise.
 */
export function blockOf(rows: NestedRows, shape: readonly (number | 'jagged')[]): ColumnBlock {
  const isJagged = shape[0] === 'jagged';
  const flat: unknown[] = [];
  const counts = new Int32Array(isJagged ? rows.length : 0);
  for (let row = 0; row < rows.length; row++) {
    const before = flat.length;
    flatten(rows[row], shape.length, flat);
    const width = shape.slice(1).reduce<number>((product, length) => product * (length as number), 1);
    if (isJagged) counts[row] = (flat.length - before) / width;
  }
  const values = numbersFrom(flat);
  return isJagged ? { values, counts } : { values };
}

function flatten(value: unknown, depth: number, into: unknown[]): void {
  if (depth === 0) into.push(value);
  else if (value !== null && value !== undefined)
    for (const each of value as Iterable<unknown>) flatten(each, depth - 1, into);
}

/** Numbers, whole ones of 64 bits or yes and no, as an array of one type; what is null is NaN. */
export function numbersFrom(flat: readonly unknown[]): NumberArray {
  if (flat.length > 0 && flat.every((value) => typeof value === 'bigint')) return BigInt64Array.from(flat);
  return Float64Array.from(flat, numberFrom);
}

function numberFrom(value: unknown): number {
  if (value === null || value === undefined) return Number.NaN;
  return Number(value);
}

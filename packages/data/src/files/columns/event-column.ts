import { UserError } from '@unfold-zoo/core';
import type { CarriedColumns } from '@unfold-zoo/core/events';
import type { Column } from '../raw-events.js';

/**
 * Numbers of events as they are carried along: whole numbers in 64 bits, others in double precision.
 * @param type of the column in its file, e.g. `uint32`.
 * @param what the column is called in messages.
 * @throws UserError for a whole number that is missing or beyond 2^63.
 */
export function eventColumn(values: Column, type: string, what: string): Float64Array | BigInt64Array {
  const numbers = values as ArrayLike<number | bigint>;
  if (!/^(u?int|bool)/.test(type)) return Float64Array.from(numbers, Number);
  const wrong = Array.from(numbers).find((value) => !isWhole(value));
  if (wrong === undefined) return BigInt64Array.from(numbers, BigInt);
  throw new UserError(`invalid ${what}: it holds ${wrong}, expected whole numbers below 2^63`);
}

function isWhole(value: number | bigint): boolean {
  return Number.isInteger(Number(value)) && BigInt.asIntN(64, BigInt(value)) === BigInt(value);
}

/** Columns of neighbouring events, which are whole numbers where they are in all of them. */
export function joinCarried(names: readonly string[], parts: readonly CarriedColumns[]): CarriedColumns {
  const joined = (name: string): Float64Array | BigInt64Array => {
    const columns = parts.map((part) => part[name]!);
    if (columns.every((column) => column instanceof BigInt64Array))
      return BigInt64Array.from(columns.flatMap((column) => Array.from(column as BigInt64Array)));
    return Float64Array.from(columns.flatMap((column) => Array.from<number | bigint, number>(column, Number)));
  };
  return Object.fromEntries(names.map((name) => [name, joined(name)]));
}

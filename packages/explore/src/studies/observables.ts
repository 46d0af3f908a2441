import { type EventSpec, UserError } from '@unfold-zoo/core';
import { partonsOfMomenta } from '@unfold-zoo/data';
import { numberExpression, type ObservableFunction } from '@unfold-zoo/measurement';
import type { DrawSet } from './draw-sets.js';

/** Rows that go through an expression at once: 14 MB of top pairs. */
const ROWS_AT_ONCE = 65_536;
/** Rows of an observable that are sent at most. */
const MOST_ROWS = 5_000_000;

/** What is counted of draws. */
export interface Observed {
  /** An expression. */
  readonly text: string;
  readonly of: 'draws' | 'truth';
  /** Functions that it may call besides the built-in ones. */
  readonly functions?: readonly ObservableFunction[];
}

/**
 * An observable of the truth of every draw, or of every true event, [rows] in the order of the file; NaN where it has
 * no value.
 * @throws UserError for an expression that is wrong, and for draws without truth.
 */
export function observe(spec: EventSpec, set: DrawSet, { text, of, functions = [] }: Observed): Float32Array {
  const expression = numberExpression(spec, text, { level: 'truth', functions });
  if (of === 'truth' && !set.hasTruth) throw new UserError(`missing truth: ${set.name} has none`);
  const each = of === 'draws' ? set.draws : 1;
  const rows = set.events * each;
  if (rows > MOST_ROWS) throw new UserError(`too many draws: ${set.name} has ${rows}, over ${MOST_ROWS}`);
  const values = new Float32Array(rows);
  const step = Math.max(1, Math.floor(ROWS_AT_ONCE / each));
  for (let first = 0; first < set.events; first += step) {
    const count = Math.min(step, set.events - first);
    const partons = partonsOfMomenta(set.read(of, first, count));
    values.set(expression.evaluate({ size: count * each, partons, inputs: {} }), first * each);
  }
  return values;
}

import { type EventSpec, UserError } from '@unfold-zoo/core';
import { partonsOfMomenta } from '@unfold-zoo/data';
import { numberExpression } from '@unfold-zoo/measurement';
import type { DrawSet } from './draw-sets.js';

/** Rows that go through an expression at once: 14 MB of top pairs. */
const ROWS_AT_ONCE = 65_536;
/** Rows of an observable that are sent at most. */
const MOST_ROWS = 5_000_000;

/**
 * An observable of the truth of every draw, or of every true event, [rows] in the order of the file; NaN where it has
 * no value.
 * @throws UserError for an expression that is wrong, and for draws without truth.
 */
export function observe(spec: EventSpec, set: DrawSet, text: string, of: 'draws' | 'truth'): Float32Array {
  const expression = numberExpression(spec, text, { level: 'truth' });
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

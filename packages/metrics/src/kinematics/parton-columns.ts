import { type EventSpec, UserError } from '@unfold-zoo/core';
import { type KinematicQuantity, partonWidth, QUANTITIES, type Quantity } from '@unfold-zoo/core/events';
import type { NumberColumn } from '../distances/radix-sort.js';
import { kinematicQuantity, type Momenta } from './kinematic-quantity.js';

/** Parton configurations read a column at a time, so that whoever holds them may hold them in any way. */
export interface PartonColumns {
  /** Events. */
  readonly count: number;
  /** [n] event weights; absent when every event counts the same. */
  readonly weights?: NumberColumn;
  /** One regressed number of one particle in all events, [n], in physical units. */
  column(particle: number, quantity: Quantity): NumberColumn;
}

/**
 * Columns of a row-major [n, P] array of partons in physical units, as `HostEvents` has them.
 * @param weights [n] event weights; all events count the same if absent.
 * @throws UserError for an array that is not whole rows.
 */
export function partonColumns(spec: EventSpec, partons: NumberColumn, weights?: NumberColumn): PartonColumns {
  const width = partonWidth(spec);
  const count = partons.length / width;
  if (!Number.isInteger(count))
    throw new UserError(`invalid partons: expected rows of ${width} columns, got ${partons.length} numbers`);
  const column = (particle: number, quantity: Quantity): NumberColumn => {
    const values = partons instanceof Float32Array ? new Float32Array(count) : new Float64Array(count);
    const first = particle * QUANTITIES.length + QUANTITIES.indexOf(quantity);
    for (let i = 0; i < count; i++) values[i] = partons[first + i * width]!;
    return values;
  };
  return { count, column, ...(weights && { weights }) };
}

/** The momenta of one particle. */
export function particleMomenta(columns: PartonColumns, particle: number): Momenta {
  const [mass, logE, px, py, pz] = QUANTITIES.map((quantity) => columns.column(particle, quantity));
  return { mass: mass!, logE: logE!, px: px!, py: py!, pz: pz! };
}

/** One quantity [n] of one particle, by its index. The columns that it follows from are read, and no others. */
export function quantityColumn(
  columns: PartonColumns,
  { particle, quantity }: { readonly particle: number; readonly quantity: KinematicQuantity },
): Float64Array {
  const momenta = {};
  for (const name of QUANTITIES) Object.defineProperty(momenta, name, { get: () => columns.column(particle, name) });
  return kinematicQuantity(momenta as Momenta, quantity);
}

/** The events of those indices, in that order. */
export function selectEvents(columns: PartonColumns, events: Uint32Array): PartonColumns {
  const pick = (column: NumberColumn): NumberColumn => {
    const picked = column instanceof Float32Array ? new Float32Array(events.length) : new Float64Array(events.length);
    for (let i = 0; i < events.length; i++) picked[i] = column[events[i]!]!;
    return picked;
  };
  return {
    count: events.length,
    column: (particle, quantity) => pick(columns.column(particle, quantity)),
    ...(columns.weights && { weights: pick(columns.weights) }),
  };
}

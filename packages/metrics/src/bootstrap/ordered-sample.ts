import type { SortedSample } from '@unfold-zoo/core';
import { type NumberColumn, sortOwn } from '../distances/radix-sort.js';
import { type Draws, drawnIn } from './replicas.js';

/** What is the same for every quantity of a sample. */
export interface SampleFacts {
  /** What errors call it. */
  readonly name: string;
  readonly count: number;
  /** [n], in the order of the events. */
  readonly weights?: NumberColumn;
  /** Where its events begin in the table of draws. */
  readonly offset: number;
  /** [R], its total weight in each bootstrap replica. */
  readonly totals: Float64Array;
}

/** One quantity of a sample in ascending order, which knows the event that each value came from. */
export interface OrderedSample extends SortedSample {
  /** [n], events; empty where neither weights nor replicas need them. */
  readonly order: Uint32Array;
  readonly offset: number;
  readonly totals: Float64Array;
}

/** Sorts a quantity [n] of a sample. The column is overwritten, and may be a part of the result. */
export function orderedSample(column: Float64Array, { weights, offset, totals }: SampleFacts): OrderedSample {
  const ordered = sortOwn(column, weights !== undefined || totals.length > 0);
  return { ...ordered, offset, totals, ...(weights && { weights: sortedWeights(weights, ordered.order) }) };
}

function sortedWeights(weights: NumberColumn, order: Uint32Array): Float64Array {
  const sorted = new Float64Array(order.length);
  for (let k = 0; k < order.length; k++) sorted[k] = weights[order[k]!]!;
  return sorted;
}

/** The same values, weighted by how often each was drawn in one replica. */
export function replicaOf(
  { values, order, weights, offset }: OrderedSample,
  draws: Draws,
  replica: number,
): SortedSample {
  const counts = drawnIn(draws, replica, offset, order.length);
  return { values, weights: Float64Array.from(order, (event, k) => counts[event]! * (weights ? weights[k]! : 1)) };
}

import { UserError } from '@unfold-zoo/core/errors';
import type { NumberColumn } from '@unfold-zoo/metrics';

/** Counts of a sample in bins; sums of weights where it has any. */
export interface Histogram {
  /** [bins + 1], ascending. */
  readonly edges: Float64Array;
  /** [bins]. */
  readonly counts: Float64Array;
  /** [bins], sqrt of the sum of squared weights: sqrt(count) without weights. */
  readonly errors: Float64Array;
  readonly underflow: number;
  readonly overflow: number;
  /** Everything, under- and overflow with it. */
  readonly total: number;
}

/**
 * Counts values [n] between edges [bins + 1]. Bins are half open, but for the last, which holds its upper edge.
 * @throws UserError for edges that do not ascend, a value that is NaN, or weights of another length.
 */
export function histogram(values: NumberColumn, edges: ArrayLike<number>, weights?: NumberColumn): Histogram {
  const sortedEdges = checkedEdges(edges);
  if (weights && weights.length !== values.length)
    throw new UserError(`invalid weights: expected ${values.length}, one for each value, got ${weights.length}`);
  const bins = sortedEdges.length - 1;
  // Underflow first, overflow last.
  const sums = new Float64Array(bins + 2);
  const squares = new Float64Array(bins + 2);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) throw new UserError(`invalid histogram: value ${i} is NaN, and must be a number`);
    const slot = slotOf(value, sortedEdges);
    const weight = weights ? weights[i]! : 1;
    sums[slot]! += weight;
    squares[slot]! += weight * weight;
  }
  return {
    edges: sortedEdges,
    counts: sums.slice(1, -1),
    errors: squares.slice(1, -1).map(Math.sqrt),
    underflow: sums[0]!,
    overflow: sums[bins + 1]!,
    total: sums.reduce((sum, count) => sum + count, 0),
  };
}

/** The same histogram times a factor, e.g. to compare samples of different sizes. */
export function scaleHistogram(h: Histogram, factor: number): Histogram {
  return {
    edges: h.edges,
    counts: h.counts.map((count) => factor * count),
    errors: h.errors.map((error) => factor * error),
    underflow: factor * h.underflow,
    overflow: factor * h.overflow,
    total: factor * h.total,
  };
}

function checkedEdges(edges: ArrayLike<number>): Float64Array {
  const copy = Float64Array.from(edges);
  const ascending = copy.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > copy[i - 1]!));
  if (copy.length < 2 || !ascending)
    throw new UserError('invalid edges: expected two or more finite numbers, each larger than the one before');
  return copy;
}

/** How many edges are at or below the value: 0 is underflow, the number of edges overflow. */
function slotOf(value: number, edges: Float64Array): number {
  const last = edges.length - 1;
  if (value === edges[last]!) return last;
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

import { UserError } from '@unfold-zoo/core/errors';
import type { NumberColumn } from '@unfold-zoo/metrics';

/** Counts of pairs in rectangular bins; sums of weights where there are any. */
export interface Histogram2d {
  /** [columns + 1] and [rows + 1], equally spaced. */
  readonly xEdges: Float64Array;
  readonly yEdges: Float64Array;
  /** Row-major [rows, columns], from the lowest y up. */
  readonly counts: Float64Array;
  /** Everything, pairs outside with it. */
  readonly total: number;
}

/**
 * Counts pairs (x, y) [n] in bins that are half open on both axes, but for the last, which holds its upper edge.
 * @throws UserError for columns of different lengths.
 */
export function histogram2d(
  x: NumberColumn,
  y: NumberColumn,
  edges: { readonly x: Float64Array; readonly y: Float64Array },
  weights?: NumberColumn,
): Histogram2d {
  if (y.length !== x.length || (weights && weights.length !== x.length))
    throw new UserError(
      `invalid pairs: expected columns of one length, got ${x.length}, ${y.length}, ${weights?.length ?? 'none'}`,
    );
  const columns = edges.x.length - 1;
  const counts = new Float64Array(columns * (edges.y.length - 1));
  let total = 0;
  for (let i = 0; i < x.length; i++) {
    const weight = weights ? weights[i]! : 1;
    total += weight;
    const [column, row] = [binOf(x[i]!, edges.x), binOf(y[i]!, edges.y)];
    if (column >= 0 && row >= 0) counts[row * columns + column]! += weight;
  }
  return { xEdges: edges.x, yEdges: edges.y, counts, total };
}

/** The bin of a value among equally spaced edges; -1 outside. */
function binOf(value: number, edges: Float64Array): number {
  const bins = edges.length - 1;
  const [low, high] = [edges[0]!, edges[bins]!];
  if (!(value >= low && value <= high)) return -1;
  return Math.min(Math.floor(((value - low) / (high - low)) * bins), bins - 1);
}

/** Each bin averaged with its neighbours, weights 1 2 1 on both axes; what is outside takes no part. */
export function smoothed({ xEdges, yEdges, counts, total }: Histogram2d): Histogram2d {
  const [columns, rows] = [xEdges.length - 1, yEdges.length - 1];
  const alongX = smoothLines(counts, rows, columns, 1);
  return { xEdges, yEdges, total, counts: smoothLines(alongX, columns, rows, columns) };
}

/** Smooths `lines` lines of `length` numbers that stand `stride` apart. */
function smoothLines(values: Float64Array, lines: number, length: number, stride: number): Float64Array {
  const next = new Float64Array(values.length);
  const lineStep = stride === 1 ? length : 1;
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < length; i++) {
      let [sum, weights] = [0, 0];
      for (const [shift, weight] of KERNEL) {
        if (i + shift < 0 || i + shift >= length) continue;
        sum += weight * values[line * lineStep + (i + shift) * stride]!;
        weights += weight;
      }
      next[line * lineStep + i * stride] = sum / weights;
    }
  return next;
}

const KERNEL = [
  [-1, 1],
  [0, 2],
  [1, 1],
] as const;

/**
 * The count above which bins belong to the smallest region that holds a fraction of the pairs inside: a region of
 * highest density.
 */
export function densityLevel({ counts }: Histogram2d, fraction: number): number {
  const descending = counts.toSorted((a, b) => b - a);
  const inside = counts.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  for (const count of descending) {
    sum += count;
    if (sum >= fraction * inside) return count;
  }
  return 0;
}

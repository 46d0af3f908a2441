import { csvLine, type Histogram, histogram, roundEdges } from '@unfold-zoo/report/figures';

/** An observable of many draws, without those that have no value. */
export interface FiniteColumn {
  readonly values: Float32Array;
  /** As long; absent when all count the same. */
  readonly weights?: Float32Array;
  /** Rows without a value, which are left out. */
  readonly leftOut: number;
}

/**
 * Values [rows] that are finite, with their weights.
 * @param weights [events], each of which has as many rows; empty when every event counts the same.
 */
export function finiteColumn(values: Float32Array, weights: Float32Array): FiniteColumn {
  const kept = values.filter(Number.isFinite);
  const leftOut = values.length - kept.length;
  if (weights.length === 0) return { values: kept, leftOut };
  const each = values.length / weights.length;
  const own = Float32Array.from(values, (_, row) => weights[Math.floor(row / each)]!);
  return { values: kept, weights: own.filter((_, row) => Number.isFinite(values[row])), leftOut };
}

/** Values beyond which half a per cent of the others lie, on either side. */
export function centralRange({ values }: FiniteColumn, tail = 0.005): readonly [low: number, high: number] {
  if (values.length === 0) return [0, 1];
  const sorted = values.toSorted();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return [at(tail), at(1 - tail)];
}

/** About so many bins with round edges. */
export function edgesOf([low, high]: readonly [number, number], bins: number): Float64Array {
  return roundEdges(low, high, bins);
}

/** Counts of a column in bins. */
export function binColumn({ values, weights }: FiniteColumn, edges: Float64Array): Histogram {
  return histogram(values, edges, weights);
}

/** A histogram with its name. */
export interface NamedHistogram {
  readonly label: string;
  readonly histogram: Histogram;
}

/** Histograms of the same edges as CSV: a row a bin. */
export function histogramsCsv(all: readonly NamedHistogram[]): string {
  const [first] = all;
  if (!first) return '';
  const names = all.flatMap(({ label }) => [label, `${label} error`]);
  const rows = Array.from(first.histogram.counts, (_, bin) => [
    first.histogram.edges[bin]!,
    first.histogram.edges[bin + 1]!,
    ...all.flatMap(({ histogram: { counts, errors } }) => [counts[bin]!, errors[bin]!]),
  ]);
  return [['low', 'high', ...names], ...rows].map((row) => `${csvLine(row)}\n`).join('');
}

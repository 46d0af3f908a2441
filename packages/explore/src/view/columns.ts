import {
  csvLine,
  type Histogram,
  type Histogram2d,
  histogram,
  histogram2d,
  type NamedDensity,
  roundEdges,
} from '@unfold-zoo/report/figures';

/** An observable of many draws, without those that have no value. */
export interface FiniteColumn {
  readonly values: Float32Array;
  /** As long; absent when all count the same. */
  readonly weights?: Float32Array;
  /** Rows without a value, which are left out. */
  readonly leftOut: number;
}

/** An observable of many draws, as it is read. */
export interface ObservedColumn {
  /** [rows]; NaN where it has no value. */
  readonly values: Float32Array;
  /** [rows]; absent when all count the same. */
  readonly weights?: Float32Array;
}

/**
 * Values [rows] with the weight of each.
 * @param weights [events], each of which has as many rows; empty when every event counts the same.
 */
export function rowWeights(values: Float32Array, weights: Float32Array): ObservedColumn {
  if (weights.length === 0) return { values };
  const each = values.length / weights.length;
  return { values, weights: Float32Array.from(values, (_, row) => weights[Math.floor(row / each)]!) };
}

/** Values that are finite, with their weights. */
export function finiteColumn({ values, weights }: ObservedColumn): FiniteColumn {
  const kept = values.filter(Number.isFinite);
  const leftOut = values.length - kept.length;
  if (leftOut === 0) return { values, leftOut, ...(weights && { weights }) };
  return {
    values: kept,
    leftOut,
    ...(weights && { weights: weights.filter((_, row) => Number.isFinite(values[row])) }),
  };
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

/** Counts of two columns of the same rows in rectangular bins, and how many rows lack a value of either. */
export function binPairs(
  x: ObservedColumn,
  y: ObservedColumn,
  edges: { readonly x: Float64Array; readonly y: Float64Array },
): { readonly density: Histogram2d; readonly leftOut: number } {
  const isKnown = (_: number, row: number): boolean => Number.isFinite(x.values[row]! + y.values[row]!);
  const known = x.values.filter(isKnown);
  const weights = x.weights?.filter(isKnown);
  const density = histogram2d(known, y.values.filter(isKnown), edges, weights);
  return { density, leftOut: x.values.length - known.length };
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

/** Joint distributions in the same bins as CSV: a row a bin. */
export function densitiesCsv(all: readonly NamedDensity[]): string {
  const [first] = all;
  if (!first) return '';
  const { xEdges, yEdges, counts } = first.density;
  const columns = xEdges.length - 1;
  const rows = Array.from(counts, (_, bin) => {
    const [column, row] = [bin % columns, Math.floor(bin / columns)];
    const edges = [xEdges[column]!, xEdges[column + 1]!, yEdges[row]!, yEdges[row + 1]!];
    return [...edges, ...all.map(({ density }) => density.counts[bin]!)];
  });
  const head = ['x low', 'x high', 'y low', 'y high', ...all.map(({ label }) => label)];
  return [head, ...rows].map((row) => `${csvLine(row)}\n`).join('');
}

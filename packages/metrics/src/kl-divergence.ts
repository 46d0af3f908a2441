import type { SortedSample } from '@unfold-zoo/core';
import { z } from 'zod';
import type { NumberColumn } from './radix-sort.js';
import { sortedSample, sumRange, totalWeight } from './sorted-sample.js';

/** The rules of a binned KL divergence; the paper (app. C.4) gives the number of bins and leaves the others open. */
export const klRules = z.object({
  bins: z.int().min(1).default(128).describe('number of equal bins; the paper has 64, 128 and 256'),
  range: z
    .enum(['truth', 'both'])
    .default('truth')
    .describe("what the bins span: the truth's smallest to largest value, or that of truth and predictions together"),
  outside: z
    .enum(['clip', 'drop'])
    .default('clip')
    .describe('predictions outside the range: counted in the first and last bin, or left out'),
  empty: z
    .enum(['half-count', 'epsilon'])
    .default('half-count')
    .describe('what every bin of both histograms gains, so that none is empty: half a count, or 1e-10 of the sample'),
});
/** `klRules` with every default filled in. */
export type KlRules = z.output<typeof klRules>;

/** A truth that never varies gets bins over its value +- this fraction of it ... */
const CONSTANT_MARGIN = 1e-3;
/** ... or +- this, in the unit of the values, whichever is wider. */
const SMALLEST_MARGIN = 1e-3;
const EPSILON = 1e-10;

/** KL divergence of two samples in any order: sum of P ln(P / Q) over bins, P the truth (paper, app. C.4). */
export function klDivergence(
  truth: NumberColumn,
  predicted: NumberColumn,
  {
    truthWeights,
    predictedWeights,
    ...rules
  }: z.input<typeof klRules> & { truthWeights?: NumberColumn; predictedWeights?: NumberColumn } = {},
): number {
  return klOfSorted(
    sortedSample(truth, truthWeights, 'truth'),
    sortedSample(predicted, predictedWeights, 'predictions'),
    klRules.parse(rules),
  );
}

/** KL divergence of two sorted samples. Weights count as events: half a count is half of a weight of 1. */
export function klOfSorted(truth: SortedSample, predicted: SortedSample, rules: KlRules): number {
  const edges = binEdges(truth, predicted, rules);
  const p = binFractions(truth, edges, rules);
  const q = binFractions(predicted, edges, rules);
  let sum = 0;
  for (let bin = 0; bin < rules.bins; bin++) sum += p[bin]! * Math.log(p[bin]! / q[bin]!);
  // Rounding alone can make it negative.
  return Math.max(sum, 0);
}

function binEdges(truth: SortedSample, predicted: SortedSample, { bins, range }: KlRules): Float64Array {
  const spans = range === 'truth' ? [span(truth)] : [span(truth), span(predicted)];
  let low = Math.min(...spans.map(({ low }) => low));
  let high = Math.max(...spans.map(({ high }) => high));
  if (low === high) {
    const margin = Math.max(CONSTANT_MARGIN * Math.abs(low), SMALLEST_MARGIN);
    low -= margin;
    high += margin;
  }
  return Float64Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins);
}

/** The smallest and largest value that has weight. */
function span({ values, weights }: SortedSample): { low: number; high: number } {
  if (!weights) return { low: values[0]!, high: values[values.length - 1]! };
  const low = values[weights.findIndex((weight) => weight > 0)]!;
  const high = values[weights.findLastIndex((weight) => weight > 0)]!;
  return { low, high };
}

// Bins are half open, but for the last, which holds its upper edge.
function binFractions(sample: SortedSample, edges: Float64Array, { bins, outside, empty }: KlRules): Float64Array {
  const { values, weights } = sample;
  const starts = Uint32Array.from(edges, (edge) => countBelow(values, edge));
  if (outside === 'clip') starts[0] = 0;
  starts[bins] = outside === 'clip' ? values.length : countUpTo(values, edges[bins]!);
  const added = empty === 'half-count' ? 0.5 : EPSILON * totalWeight(sample);
  const counts = new Float64Array(bins);
  for (let bin = 0; bin < bins; bin++) {
    const [start, end] = [starts[bin]!, starts[bin + 1]!];
    counts[bin] = (weights ? sumRange(weights, start, end) : end - start) + added;
  }
  const total = sumRange(counts, 0, bins);
  return counts.map((count) => count / total);
}

function countBelow(sorted: Float64Array, edge: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < edge) low = middle + 1;
    else high = middle;
  }
  return low;
}

function countUpTo(sorted: Float64Array, edge: number): number {
  let count = countBelow(sorted, edge);
  while (count < sorted.length && sorted[count]! === edge) count++;
  return count;
}

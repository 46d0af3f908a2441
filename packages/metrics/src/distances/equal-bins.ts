import type { SortedSample } from '@unfold-zoo/core';
import { countBelow } from '@unfold-zoo/core/events';
import type { OrderedSample } from '../bootstrap/ordered-sample.js';
import { blockOf, blocksOf, type Draws, REPLICAS_OF_A_WORD } from '../bootstrap/replicas.js';
import { sumRange } from './sorted-sums.js';

/** Equal bins, what they span, and what becomes of predictions outside. */
export interface BinRules {
  readonly bins: number;
  readonly range: 'truth' | 'both';
  readonly outside: 'clip' | 'drop';
}

/** A truth that never varies gets bins over its value +- this fraction of it ... */
const CONSTANT_MARGIN = 1e-3;
/** ... or +- this, in the unit of the values, whichever is wider. */
const SMALLEST_MARGIN = 1e-3;

/** [bins + 1] edges. */
export function binEdges(truth: SortedSample, predicted: SortedSample, { bins, range }: BinRules): Float64Array {
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

/** The smallest and largest value whose weight is not zero. */
function span({ values, weights }: SortedSample): { low: number; high: number } {
  if (!weights) return { low: values[0]!, high: values[values.length - 1]! };
  const low = values[weights.findIndex((weight) => weight !== 0)]!;
  const high = values[weights.findLastIndex((weight) => weight !== 0)]!;
  return { low, high };
}

/**
 * [bins + 1], where each bin begins among the sorted values. Bins are half open, but for the last, which holds its
 * upper edge.
 */
export function binStarts(values: Float64Array, edges: Float64Array, { bins, outside }: BinRules): Uint32Array {
  const starts = Uint32Array.from(edges, (edge) => countBelow(values, edge));
  if (outside === 'clip') starts[0] = 0;
  starts[bins] = outside === 'clip' ? values.length : countUpTo(values, edges[bins]!);
  return starts;
}

/** [bins] weights in each bin. */
export function binWeights({ weights }: SortedSample, starts: Uint32Array): Float64Array {
  const sums = new Float64Array(starts.length - 1);
  for (let bin = 0; bin < sums.length; bin++) {
    const [start, end] = [starts[bin]!, starts[bin + 1]!];
    sums[bin] = weights ? sumRange(weights, start, end) : end - start;
  }
  return sums;
}

/**
 * [histogram][replica][bins]: `binWeights` of each bootstrap replica for several histograms from one pass over the
 * values, which ends a sum wherever any of the histograms has an edge.
 */
export function replicatedBinWeights(
  draws: Draws,
  sample: OrderedSample,
  histograms: readonly Uint32Array[],
): Float64Array[][] {
  const ends = Uint32Array.from(new Set(histograms.flatMap((starts) => [...starts]))).sort();
  const weights = histograms.map((starts) =>
    Array.from({ length: draws.replicas }, () => new Float64Array(starts.length - 1)),
  );
  for (let block = 0; block < blocksOf(draws.replicas); block++) {
    const sums = sumSegments(sample, blockOf(draws, block), ends);
    for (const [h, starts] of histograms.entries()) {
      for (let r = 0; r < REPLICAS_OF_A_WORD && REPLICAS_OF_A_WORD * block + r < draws.replicas; r++)
        addSegments(weights[h]![REPLICAS_OF_A_WORD * block + r]!, starts, ends, sums.subarray(r * ends.length));
    }
  }
  return weights;
}

/** [4, segments]: in each of four replicas, the weight of the values from one end to the next. */
function sumSegments({ order, weights, offset }: OrderedSample, counts: Uint32Array, ends: Uint32Array): Float64Array {
  const size = ends.length;
  const sums = new Float64Array(REPLICAS_OF_A_WORD * size);
  for (let segment = 0; segment + 1 < size; segment++) {
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    const end = ends[segment + 1]!;
    for (let k = ends[segment]!; k < end; k++) {
      const word = counts[offset + order[k]!]!;
      const w = weights ? weights[k]! : 1;
      s0 += (word & 0xff) * w;
      s1 += ((word >>> 8) & 0xff) * w;
      s2 += ((word >>> 16) & 0xff) * w;
      s3 += (word >>> 24) * w;
    }
    sums[segment] = s0;
    sums[size + segment] = s1;
    sums[2 * size + segment] = s2;
    sums[3 * size + segment] = s3;
  }
  return sums;
}

function addSegments(bins: Float64Array, starts: Uint32Array, ends: Uint32Array, sums: Float64Array): void {
  let segment = ends.indexOf(starts[0]!);
  for (let bin = 0; bin < bins.length; bin++)
    for (; ends[segment]! < starts[bin + 1]!; segment++) bins[bin]! += sums[segment]!;
}

function countUpTo(sorted: Float64Array, edge: number): number {
  let count = countBelow(sorted, edge);
  while (count < sorted.length && sorted[count]! === edge) count++;
  return count;
}

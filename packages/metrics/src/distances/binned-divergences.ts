import type { BinRules } from './equal-bins.js';
import { sumRange } from './sorted-sums.js';

/** A histogram [bins], and the total weight of its sample, whether in a bin or outside. */
export interface SampleHistogram {
  readonly bins: Float64Array;
  readonly total: number;
}

/**
 * What every bin of both histograms gains, so that none is empty: half a count, or `EPSILON` of the sample. A bin whose
 * weights add up to less than zero counts as empty.
 */
export type EmptyRule = 'half-count' | 'epsilon';
const EPSILON = 1e-10;

/** A distance of two histograms with the same equal bins. */
export type BinnedRecipe =
  | { readonly kind: 'kl'; readonly rules: BinRules & { readonly empty: EmptyRule } }
  | { readonly kind: 'triangular'; readonly rules: BinRules };

/** The distance that a recipe names. */
export function binnedDivergence(recipe: BinnedRecipe, truth: SampleHistogram, predicted: SampleHistogram): number {
  return recipe.kind === 'kl'
    ? klOfBins(truth, predicted, recipe.rules.empty)
    : triangularOfBins(truth.bins, predicted.bins);
}

/** Sum of P ln(P / Q) over bins, P the truth (paper, app. C.4). */
function klOfBins(truth: SampleHistogram, predicted: SampleHistogram, empty: EmptyRule): number {
  const [p, q] = [truth, predicted].map(({ bins, total }) =>
    fractions(bins.map((weight) => Math.max(weight, 0) + (empty === 'half-count' ? 0.5 : EPSILON * total))),
  );
  let sum = 0;
  for (let bin = 0; bin < p!.length; bin++) sum += p![bin]! * Math.log(p![bin]! / q![bin]!);
  // Rounding alone can make it negative.
  return Math.max(sum, 0);
}

/**
 * Half the sum of (P - Q)^2 / (P + Q) over bins, from 0 to 1; bins that are empty in both add nothing (Topsoe 2000). A
 * bin whose weights add up to less than zero counts as empty.
 */
function triangularOfBins(truth: Float64Array, predicted: Float64Array): number {
  const [p, q] = [truth, predicted].map((bins) => fractions(bins.map((weight) => Math.max(weight, 0)))) as [
    Float64Array,
    Float64Array,
  ];
  let sum = 0;
  for (let bin = 0; bin < p.length; bin++) {
    const both = p[bin]! + q[bin]!;
    if (both > 0) sum += (p[bin]! - q[bin]!) ** 2 / both;
  }
  return sum / 2;
}

// A histogram that holds nothing has no fractions: every bin is 0, and its triangular discriminator to any other 1/2.
function fractions(bins: Float64Array): Float64Array {
  const total = sumRange(bins, 0, bins.length);
  return total > 0 ? bins.map((weight) => weight / total) : bins;
}

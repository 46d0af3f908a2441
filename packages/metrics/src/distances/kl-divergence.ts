import type { SortedSample } from '@unfold-zoo/core';
import { z } from 'zod';
import { type BinnedRecipe, binnedDivergence } from './binned-divergences.js';
import { binEdges, binStarts, binWeights } from './equal-bins.js';
import type { NumberColumn } from './radix-sort.js';
import { sortedSample } from './sorted-sample.js';
import { totalWeight } from './sorted-sums.js';

/** The bins of a distance of two histograms. */
export const binRules = z.object({
  bins: z.int().min(1).max(100_000).default(128).describe('number of equal bins; the paper has 64, 128 and 256'),
  range: z
    .enum(['truth', 'both'])
    .default('truth')
    .describe("what the bins span: the truth's smallest to largest value, or that of truth and predictions together"),
  outside: z
    .enum(['clip', 'drop'])
    .default('clip')
    .describe('predictions outside the range: counted in the first and last bin, or left out'),
});

/**
 * The rules of a binned Kullback-Leibler (KL) divergence. The paper (app. C.4) gives the number of bins and leaves the
 * others open.
 */
export const klRules = binRules.extend({
  empty: z
    .enum(['half-count', 'epsilon'])
    .default('half-count')
    .describe('what every bin of both histograms gains, so that none is empty: half a count, or 1e-10 of the sample'),
});
/** `klRules` with every default filled in. */
export type KlRules = z.output<typeof klRules>;

/**
 * Kullback-Leibler (KL) divergence of two samples in any order: the sum of P ln(P / Q) over bins, P the truth (paper,
 * app. C.4).
 * @param rules bins, their range and what empty ones count: the options of the schema `klRules`, and weights.
 * @throws UserError for an empty sample, numbers that are not finite, and weights that are none.
 * @example
 * klDivergence(truth, predicted, { bins: 64 }); // 0 for samples with equal histograms
 */
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
  return divergenceOfSorted({ kind: 'kl', rules }, truth, predicted);
}

/** Bins two sorted samples and compares the histograms. */
export function divergenceOfSorted(recipe: BinnedRecipe, truth: SortedSample, predicted: SortedSample): number {
  const edges = binEdges(truth, predicted, recipe.rules);
  const [p, q] = [truth, predicted].map((sample) => ({
    bins: binWeights(sample, binStarts(sample.values, edges, recipe.rules)),
    total: totalWeight(sample),
  }));
  return binnedDivergence(recipe, p!, q!);
}

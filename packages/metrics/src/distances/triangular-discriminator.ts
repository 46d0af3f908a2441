import type { z } from 'zod';
import { binRules, divergenceOfSorted } from './kl-divergence.js';
import type { NumberColumn } from './radix-sort.js';
import { sortedSample } from './sorted-sample.js';

/** The bins of a triangular discriminator, with every default filled in. */
export type TriangularRules = z.output<typeof binRules>;

/**
 * Triangular discriminator of two samples in any order: half the sum of (P - Q)^2 / (P + Q) over bins (Topsoe 2000).
 * From 0 for equal histograms to 1 for disjoint ones; symmetric, and finite where bins are empty. Comparisons of
 * unfolding methods print a thousand times this.
 * @throws UserError for an empty sample, and numbers that are not finite.
 * @example
 * triangularDiscriminator(truth, predicted, { bins: 64, range: 'both' });
 */
export function triangularDiscriminator(
  truth: NumberColumn,
  predicted: NumberColumn,
  rules: z.input<typeof binRules> = {},
): number {
  const samples = [sortedSample(truth, undefined, 'truth'), sortedSample(predicted, undefined, 'predictions')] as const;
  return divergenceOfSorted({ kind: 'triangular', rules: binRules.parse(rules) }, ...samples);
}

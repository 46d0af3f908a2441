import type { Metric } from '@unfold-zoo/core';
import type { Recipe } from '../evaluate/compare-column.js';
import { cdfDistances } from './cdf-distances.js';
import { binRules, divergenceOfSorted, type KlRules, klRules } from './kl-divergence.js';
import type { TriangularRules } from './triangular-discriminator.js';

const recipes = new WeakMap<Metric, Recipe>();

/**
 * How a metric of this package is computed, with others in one pass; nothing for a plugin's, which its own code
 * computes.
 */
export function recipeOf(metric: Metric): Recipe | undefined {
  return recipes.get(metric);
}

function withRecipe(recipe: Recipe, metric: Metric): Metric {
  recipes.set(metric, recipe);
  return metric;
}

/** Wasserstein-1 distance (paper, app. C.1). */
export function wassersteinMetric(): Metric {
  return withRecipe(
    { kind: 'wasserstein' },
    { label: 'Wasserstein', distance: (truth, predicted) => cdfDistances(truth, predicted).wasserstein },
  );
}

/** Energy distance (paper, app. C.2). */
export function energyMetric(): Metric {
  return withRecipe(
    { kind: 'energy' },
    { label: 'Energy', distance: (truth, predicted) => cdfDistances(truth, predicted).energy },
  );
}

/** Kolmogorov-Smirnov statistic (paper, app. C.3). */
export function ksMetric(): Metric {
  return withRecipe(
    { kind: 'ks' },
    { label: 'K-S', distance: (truth, predicted) => cdfDistances(truth, predicted).ks },
  );
}

/**
 * Binned KL divergence (paper, app. C.4). The label names the number of bins, and every rule that is not the default.
 */
export function klMetric(rules: KlRules): Metric {
  const recipe = { kind: 'kl', rules } as const;
  const label = labelOf(`KL${rules.bins}`, rules, klRules.parse({}));
  return withRecipe(recipe, { label, distance: (truth, predicted) => divergenceOfSorted(recipe, truth, predicted) });
}

/** Triangular discriminator of two histograms, from 0 to 1. */
export function triangularMetric(rules: TriangularRules): Metric {
  const recipe = { kind: 'triangular', rules } as const;
  const label = labelOf(`Triangular${rules.bins}`, rules, binRules.parse({}));
  return withRecipe(recipe, { label, distance: (truth, predicted) => divergenceOfSorted(recipe, truth, predicted) });
}

function labelOf<Rules extends { readonly bins: number }>(name: string, rules: Rules, usual: Rules): string {
  const changed = (Object.keys(usual) as (keyof Rules & string)[]).filter(
    (rule) => rule !== 'bins' && rules[rule] !== usual[rule],
  );
  return [name, ...changed.map((rule) => `${rule} ${rules[rule]}`)].join(', ');
}

/** The six columns of the paper's Table 1, as a config file lists them. */
export const defaultMetricChoices = [
  { kind: 'wasserstein' },
  { kind: 'energy' },
  { kind: 'ks' },
  { kind: 'kl', bins: 64 },
  { kind: 'kl', bins: 128 },
  { kind: 'kl', bins: 256 },
] as const;

/** The six columns of the paper's Table 1. */
export const defaultMetrics: readonly Metric[] = [
  wassersteinMetric(),
  energyMetric(),
  ksMetric(),
  ...[64, 128, 256].map((bins) => klMetric(klRules.parse({ bins }))),
];

import type { Metric } from '@unfold-zoo/core';
import { cdfDistances } from './cdf-distances.js';
import { type KlRules, klOfSorted, klRules } from './kl-divergence.js';

/** Wasserstein-1 distance (paper, app. C.1). */
export function wassersteinMetric(): Metric {
  return { label: 'Wasserstein', distance: (truth, predicted) => cdfDistances(truth, predicted).wasserstein };
}

/** Energy distance (paper, app. C.2). */
export function energyMetric(): Metric {
  return { label: 'Energy', distance: (truth, predicted) => cdfDistances(truth, predicted).energy };
}

/** Kolmogorov-Smirnov statistic (paper, app. C.3). */
export function ksMetric(): Metric {
  return { label: 'K-S', distance: (truth, predicted) => cdfDistances(truth, predicted).ks };
}

/** Binned KL divergence (paper, app. C.4). The label names the number of bins, and every rule that is not the default. */
export function klMetric(rules: KlRules): Metric {
  const usual = klRules.parse({});
  const changed = (['range', 'outside', 'empty'] as const).filter((rule) => rules[rule] !== usual[rule]);
  const label = [`KL${rules.bins}`, ...changed.map((rule) => `${rule} ${rules[rule]}`)].join(', ');
  return { label, distance: (truth, predicted) => klOfSorted(truth, predicted, rules) };
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

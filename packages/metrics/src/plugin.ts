import { component, definePlugin, Metric, packageVersion } from '@unfold-zoo/core';
import { z } from 'zod';
import { binRules, klRules } from './distances/kl-divergence.js';
import { energyMetric, klMetric, ksMetric, triangularMetric, wassersteinMetric } from './distances/metrics.js';

/** The paper's distances. */
export default definePlugin({ name: '@unfold-zoo/metrics', version: packageVersion(import.meta.url) }, [
  component(Metric, 'wasserstein', {
    description: 'Wasserstein-1 distance of two samples: the area between their distribution functions',
    options: z.object({}),
    create: wassersteinMetric,
  }),
  component(Metric, 'energy', {
    description: 'Energy distance of two samples: the root of twice the squared area between distribution functions',
    options: z.object({}),
    create: energyMetric,
  }),
  component(Metric, 'ks', {
    description: 'Kolmogorov-Smirnov statistic of two samples: the largest gap between their distribution functions',
    options: z.object({}),
    create: ksMetric,
  }),
  component(Metric, 'kl', {
    description: 'Kullback-Leibler divergence of two histograms, from the truth to the predictions',
    options: klRules,
    create: ({ options }) => klMetric(options),
  }),
  component(Metric, 'triangular', {
    description: 'Triangular discriminator of two histograms, from 0 to 1; unfolding comparisons print 1000 times this',
    options: binRules,
    create: ({ options }) => triangularMetric(options),
  }),
]);

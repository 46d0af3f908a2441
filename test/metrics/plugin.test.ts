import { Metric, Rng } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import plugin, { defaultMetricChoices, defaultMetrics, klMetric, klRules } from '@unfold-zoo/metrics';
import test from 'ava';
import { z } from 'zod';

const catalogue = new Catalogue([plugin]);
const parse = (metrics: unknown): never => z.object(catalogue.roleSchemas()).parse({ metrics }) as never;

test('the default choices make the default metrics', (t) => {
  const made = catalogue.assembleAll(Metric, parse(defaultMetricChoices), new Rng(1));
  t.deepEqual(
    made.map(({ label }) => label),
    defaultMetrics.map(({ label }) => label),
  );
});

test('a KL metric has 128 bins unless told, and its label says what is unusual', (t) => {
  const [usual, unusual] = catalogue.assembleAll(
    Metric,
    parse([{ kind: 'kl' }, { kind: 'kl', bins: 32, range: 'both' }]),
    new Rng(1),
  );
  t.is(usual!.label, 'KL128');
  t.is(unusual!.label, 'KL32, range both');
  t.is(klMetric(klRules.parse({ bins: 64 })).label, 'KL64');
});

test('unknown rules are refused', (t) => {
  t.throws(() => parse([{ kind: 'kl', range: 'wide' }]));
  t.throws(() => parse([{ kind: 'wasserstein', bins: 3 }]));
});

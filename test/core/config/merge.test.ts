import { type Located, merge, parseYaml, plainValue } from '@unfold-zoo/core/config';
import test from 'ava';
import fc from 'fast-check';

// Configs in which a key always holds the same sort of value, as a schema has it.
const optional = { requiredKeys: [] as [] };
const config = fc.record(
  {
    seed: fc.integer(),
    schedule: fc.record({ kind: fc.constant('cosine'), margin: fc.integer() }, optional),
    metrics: fc.array(fc.record({ kind: fc.constantFrom('kl', 'ks') }), { maxLength: 3 }),
    training: fc.record(
      { steps: fc.integer(), adam: fc.record({ beta1: fc.integer(), beta2: fc.integer() }, optional) },
      optional,
    ),
  },
  optional,
);

const located = (value: unknown): Located => parseYaml(JSON.stringify(value), () => ({ place: 'here', folder: '/' }));
const merged = (...values: readonly unknown[]) => plainValue(values.map(located).reduce(merge));

test('merging is associative as long as no overlay changes a kind', (t) => {
  const property = fc.property(config, config, config, (a, b, c) => {
    t.deepEqual(merged(merged(a, b), c), merged(a, merged(b, c)));
  });
  t.notThrows(() => fc.assert(property));
});

test('an empty overlay changes nothing, an empty base leaves the overlay, and merging twice is merging once', (t) => {
  const property = fc.property(config, config, (a, b) => {
    t.deepEqual(merged(a, {}), a);
    t.deepEqual(merged({}, a), a);
    t.deepEqual(merged(a, b, b), merged(a, b));
  });
  t.notThrows(() => fc.assert(property));
});

test('what an overlay sets always wins', (t) => {
  const property = fc.property(config, config, (a, b) => {
    const result = merged(a, b) as typeof a;
    t.is(result.seed, b.seed ?? a.seed);
    t.deepEqual(result.metrics, b.metrics ?? a.metrics);
    t.is(result.training?.adam?.beta1, b.training?.adam?.beta1 ?? a.training?.adam?.beta1);
  });
  t.notThrows(() => fc.assert(property));
});

test('a changed kind drops every option of the old one, also when it comes in two steps', (t) => {
  const base = { schedule: { kind: 'learned', width: 8 } };
  t.deepEqual(merged(base, { schedule: { kind: 'cosine' } }, { schedule: { margin: 1 } }), {
    schedule: { kind: 'cosine', margin: 1 },
  });
});

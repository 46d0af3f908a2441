import { Rng } from '@unfold-zoo/core';
import { triangularDiscriminator } from '@unfold-zoo/metrics';
import test from 'ava';
import fc from 'fast-check';

const sample = fc
  .array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 40 })
  .map((values) => Float64Array.from(values));

test('the triangular discriminator is between 0 and 1, zero for equal samples, and symmetric in common bins', (t) => {
  fc.assert(
    fc.property(sample, sample, (u, v) => {
      const rules = { range: 'both', bins: 8 } as const;
      const distance = triangularDiscriminator(u, v, rules);
      t.true(distance >= 0 && distance <= 1 + 1e-12);
      t.true(Math.abs(distance - triangularDiscriminator(v, u, rules)) <= 1e-12);
      t.is(triangularDiscriminator(u, u), 0);
    }),
  );
});

test('disjoint samples have a triangular discriminator of 1', (t) => {
  const low = Float64Array.of(0, 1, 2);
  t.is(triangularDiscriminator(low, Float64Array.of(10, 11), { range: 'both' }), 1);
});

test('the triangular discriminator follows its definition', (t) => {
  // Two bins, P = (1/2, 1/2), Q = (1/4, 3/4): (1/16) / (3/4) + (1/16) / (5/4), halved.
  const truth = Float64Array.of(0, 1);
  const predicted = Float64Array.of(0, 1, 1, 1);
  const expected = (1 / 16 / (3 / 4) + 1 / 16 / (5 / 4)) / 2;
  t.true(Math.abs(triangularDiscriminator(truth, predicted, { bins: 2 }) - expected) < 1e-15);
});

test('for samples of one law it falls as one over their number', (t) => {
  // For n events each, the expectation is bins / 2n to leading order; 64 uniform bins scatter by sqrt(2 / 64) = 18 %.
  const draw = (name: string, n: number): Float64Array => {
    const rng = new Rng(6).fork(name);
    return Float64Array.from({ length: n }, () => rng.uniform());
  };
  const n = 20_000;
  const distance = triangularDiscriminator(draw('u', n), draw('v', n), { bins: 64 });
  t.true(Math.abs(distance / (64 / (2 * n)) - 1) < 5 * 0.18, `${distance}`);
});

import { Rng } from '@unfold-zoo/core';
import {
  cdfDistances,
  energyDistance,
  klDivergence,
  ksStatistic,
  sortedSample,
  sortWithOrder,
  wassersteinDistance,
} from '@unfold-zoo/metrics';
import test from 'ava';
import fc from 'fast-check';
import { fixture } from '../fixtures.js';

interface Golden {
  readonly cases: readonly {
    readonly name: string;
    readonly u: { readonly data: number[] };
    readonly v: { readonly data: number[] };
    readonly wasserstein: number;
    readonly energy: number;
    readonly ks: number;
  }[];
}

const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
// Whole numbers make ties likely.
// Numbers so small that a quarter of them rounds are none that a detector measures.
const value = fc.oneof(
  number.filter((x) => x === 0 || Math.abs(x) > 1e-300),
  fc.integer({ min: -5, max: 5 }),
);
const sample = fc.array(value, { minLength: 1, maxLength: 40 }).map((values) => Float64Array.from(values));
const DISTANCES = { wassersteinDistance, energyDistance, ksStatistic };

function normals(name: string, count: number, mean = 0): Float64Array {
  const rng = new Rng(7).fork(name);
  return Float64Array.from({ length: count }, () => mean + rng.normal());
}

/** Rounding error of a sum of steps over values of this size. */
function rounding(...samples: Float64Array[]): number {
  return 1e-12 * Math.max(1, ...samples.flatMap((values) => [...values].map(Math.abs)));
}

for (const { name, u, v, ...golden } of fixture<Golden>('golden/distances.json').cases)
  test(`the distances of "${name}" agree with SciPy`, (t) => {
    // Nine digits name a float32.
    const found = cdfDistances(sortedSample(Float32Array.from(u.data)), sortedSample(Float32Array.from(v.data)));
    for (const key of ['wasserstein', 'energy', 'ks'] as const)
      t.true(Math.abs(found[key] - golden[key]) <= 1e-9, `${key}: ${found[key]}, expected ${golden[key]}`);
  });

test('a radix sort agrees with a comparison sort and returns where values came from', (t) => {
  fc.assert(
    fc.property(fc.array(fc.oneof(value, fc.double({ noNaN: true }), fc.constant(4.7)), { maxLength: 300 }), (list) => {
      const column = Float64Array.from(list);
      const { values, order } = sortWithOrder(column);
      const expected = column.slice().sort();
      t.true(values.every((v, k) => Object.is(v + 0, expected[k]! + 0)));
      t.deepEqual(
        [...order].map((event) => column[event]! + 0),
        [...values].map((v) => v + 0),
      );
      t.is(new Set(order).size, list.length);
    }),
  );
});

test('values that differ in their last bits alone are sorted', (t) => {
  const rng = new Rng(3);
  const column = Float64Array.from({ length: 5000 }, () => 4.7 + 1e-12 * rng.uniform());
  t.deepEqual(sortWithOrder(column).values, column.slice().sort());
});

test('the Wasserstein distance of a shift is the shift', (t) => {
  fc.assert(
    fc.property(sample, fc.double({ min: -1e3, max: 1e3, noNaN: true }), (u, shift) => {
      const shifted = u.map((x) => x + shift);
      const distance = wassersteinDistance(u, shifted);
      t.true(Math.abs(distance - Math.abs(shift)) <= 2 * rounding(u, shifted), `${distance} for ${shift}`);
    }),
  );
});

for (const [name, distance] of Object.entries(DISTANCES)) {
  test(`${name} is symmetric, not negative, and zero for equal samples in any order`, (t) => {
    fc.assert(
      fc.property(sample, sample, (u, v) => {
        t.is(distance(u, v), distance(v, u));
        t.true(distance(u, v) >= 0);
        t.is(distance(u, u.slice().reverse()), 0);
      }),
    );
  });

  test(`${name} scales as its unit does`, (t) => {
    const power = { wassersteinDistance: 1, energyDistance: 0.5, ksStatistic: 0 }[name]!;
    fc.assert(
      // Powers of two scale without rounding; a negative factor turns the order around.
      fc.property(sample, sample, fc.constantFrom(-4, 0.25, 2, 1024), (u, v, factor) => {
        const scaled = distance(
          u.map((x) => factor * x),
          v.map((x) => factor * x),
        );
        const expected = Math.abs(factor) ** power * distance(u, v);
        t.true(Math.abs(scaled - expected) <= 1e-9 * expected + 1e-12, `${scaled}, expected ${expected}`);
      }),
    );
  });

  test(`${name} counts a weight of 2 as the event twice, and of 0 as no event`, (t) => {
    const weighted = fc.array(fc.tuple(value, fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(weighted, sample, (pairs, v) => {
        fc.pre(pairs.some(([, weight]) => weight > 0));
        const values = Float64Array.from(pairs, ([x]) => x);
        const weights = Float64Array.from(pairs, ([, weight]) => weight);
        const repeated = Float64Array.from(pairs.flatMap(([x, weight]) => Array(weight).fill(x) as number[]));
        const expected = distance(repeated, v);
        t.true(Math.abs(distance(values, v, weights) - expected) <= 1e-9 * expected + rounding(values, v));
      }),
    );
  });
}

test('the Wasserstein distance obeys the triangle inequality', (t) => {
  fc.assert(
    fc.property(sample, sample, sample, (u, v, w) => {
      const [direct, detour] = [wassersteinDistance(u, w), wassersteinDistance(u, v) + wassersteinDistance(v, w)];
      t.true(direct <= detour + 3 * rounding(u, v, w));
    }),
  );
});

test("the squared energy distance is 2 E|X - Y| - E|X - X'| - E|Y - Y'|", (t) => {
  const meanDistance = (u: Float64Array, v: Float64Array): number =>
    u.reduce((sum, x) => sum + v.reduce((inner, y) => inner + Math.abs(x - y), 0), 0) / (u.length * v.length);
  const [u, v] = [normals('u', 60), normals('v', 45, 0.3)];
  const expected = 2 * meanDistance(u, v) - meanDistance(u, u) - meanDistance(v, v);
  t.true(Math.abs(energyDistance(u, v) ** 2 - expected) < 1e-12);
});

test('float32 and float64 columns of the same numbers are the same distance apart', (t) => {
  const [u, v] = [Float32Array.from(normals('u', 500)), Float32Array.from(normals('v', 400))];
  t.is(wassersteinDistance(u, v), wassersteinDistance(Float64Array.from(u), Float64Array.from(v)));
});

test('the KL divergence is zero for equal samples and not negative for others, under every rule', (t) => {
  const rules = fc.record({
    bins: fc.integer({ min: 1, max: 300 }),
    range: fc.constantFrom('truth' as const, 'both' as const),
    outside: fc.constantFrom('clip' as const, 'drop' as const),
    empty: fc.constantFrom('half-count' as const, 'epsilon' as const),
  });
  fc.assert(
    fc.property(sample, sample, rules, (u, v, chosen) => {
      t.is(klDivergence(u, u.slice().reverse(), chosen), 0);
      const kl = klDivergence(u, v, chosen);
      t.true(kl >= 0 && Number.isFinite(kl));
    }),
  );
});

test('the KL divergence follows its definition: truth range, clipping, and half a count in every bin', (t) => {
  // Two bins over [0, 1]: the truth has 3 and 1 events; the predictions 1 and 1, both outside.
  const kl = klDivergence(Float64Array.of(0, 0.1, 0.2, 1), Float64Array.of(-7, 9), { bins: 2 });
  const [p, q] = [3.5 / 5, 1.5 / 3];
  t.true(Math.abs(kl - (p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q)))) < 1e-15);
});

test('the last bin of the KL divergence holds its upper edge', (t) => {
  const truth = Float64Array.of(0, 1, 2, 3, 4);
  t.is(klDivergence(truth, Float64Array.of(0, 1, 2, 3.5, 4), { bins: 4, outside: 'drop' }), 0);
});

test('a constant truth is binned over 0.1 % about its value', (t) => {
  const truth = new Float64Array(100).fill(4.7);
  const inside = new Float64Array(100).fill(4.7 * (1 + 1e-6));
  const outside = new Float64Array(100).fill(4.7 * 1.01);
  t.is(klDivergence(truth, inside, { bins: 64 }), 0);
  t.true(klDivergence(truth, outside, { bins: 64 }) > 1);
  t.is(klDivergence(new Float64Array(5), new Float64Array(5).fill(1e-5), { bins: 64 }), 0);
});

test('the KL divergence counts a weight of 2 as the event twice, and of 0 as no event', (t) => {
  const values = Float64Array.of(0, 1, 2, 3, 100);
  const weights = Float64Array.of(2, 1, 1, 3, 0);
  const repeated = Float64Array.of(0, 0, 1, 2, 3, 3, 3);
  const other = normals('other', 50, 1.5);
  t.is(klDivergence(values, other, { bins: 16, truthWeights: weights }), klDivergence(repeated, other, { bins: 16 }));
  t.is(
    klDivergence(other, values, { bins: 16, predictedWeights: weights }),
    klDivergence(other, repeated, { bins: 16 }),
  );
});

test('the KL divergence of many draws of two Gaussians nears the closed form', (t) => {
  // KL(N(0, 1) || N(0.5, 1)) = 0.5^2 / 2. Binning lowers it by less than (bin width)^2 / 24 of it; with n = 2e5 the
  // estimate scatters by about sqrt(2 KL / n) = 0.0011 and is biased by about bins / n = 0.0003.
  const kl = klDivergence(normals('a', 200_000), normals('b', 200_000, 0.5), { bins: 64 });
  t.true(Math.abs(kl - 0.125) < 5 * 0.0011 + 0.0003 + 0.001, `KL ${kl}`);
});

test('bad samples are refused by name', (t) => {
  const good = Float64Array.of(1, 2);
  const cases: [() => unknown, RegExp][] = [
    [() => wassersteinDistance(new Float64Array(), good), /^invalid sample: it is empty/],
    [() => energyDistance(good, Float64Array.of(1, Number.NaN)), /^invalid sample: value 1 is NaN/],
    [() => ksStatistic(good, Float64Array.of(Number.POSITIVE_INFINITY)), /value 0 is Infinity/],
    [() => wassersteinDistance(good, good, Float64Array.of(1, -1)), /^invalid weights of sample: their sum is 0/],
    [
      () => wassersteinDistance(good, good, Float64Array.of(1, Number.NaN)),
      /^invalid weights of sample: weight 1 is NaN/,
    ],
    [() => wassersteinDistance(good, good, Float64Array.of(1)), /expected 2, one for each value, got 1/],
    [() => wassersteinDistance(good, good, Float64Array.of(0, 0)), /all are zero/],
    [() => klDivergence(good, new Float64Array()), /^invalid predictions: it is empty/],
    [() => sortedSample(Float64Array.of(Number.NaN), undefined, 'predicted mass'), /^invalid predicted mass/],
  ];
  for (const [call, message] of cases) t.throws(call, { name: 'UserError', message });
});

import { Rng } from '@unfold-zoo/core';
import {
  type CdfDistances,
  cdfDistances,
  evaluateDistances,
  klDivergence,
  klRules,
  partonColumns,
  sortedSample,
} from '@unfold-zoo/metrics';
import test from 'ava';
import fc from 'fast-check';
import { numberedSpec } from '../fixtures/data/numbered-source.js';

const value = fc.double({ min: -1e3, max: 1e3, noNaN: true }).map((x) => (Math.abs(x) < 1e-6 ? 0 : x));
/** Weights of a next-to-leading-order sample: some are negative, their sum is not. */
const signed = fc
  .array(fc.tuple(value, fc.oneof(fc.constant(-1), fc.double({ min: -2, max: 4, noNaN: true }))), {
    minLength: 2,
    maxLength: 30,
  })
  .filter((pairs) => pairs.reduce((sum, [, weight]) => sum + weight, 0) > 0.5)
  .map((pairs) => ({
    values: Float64Array.from(pairs, ([x]) => x),
    weights: Float64Array.from(pairs, ([, weight]) => weight),
  }));
type Sample = { readonly values: Float64Array; readonly weights: Float64Array };

/** The definitions, one interval between neighbouring values at a time. */
function byDefinition(u: Sample, v: Sample): CdfDistances {
  const cdf = ({ values, weights }: Sample, x: number): number => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return values.reduce((sum, each, i) => sum + (each <= x ? weights[i]! : 0), 0) / total;
  };
  const points = [...new Set([...u.values, ...v.values])].sort((a, b) => a - b);
  let [wasserstein, squares, ks] = [0, 0, 0];
  for (const [i, x] of points.slice(0, -1).entries()) {
    const difference = Math.abs(cdf(u, x) - cdf(v, x));
    wasserstein += difference * (points[i + 1]! - x);
    squares += difference ** 2 * (points[i + 1]! - x);
    ks = Math.max(ks, difference);
  }
  return { wasserstein, energy: Math.sqrt(2 * squares), ks };
}

function distances(u: Sample, v: Sample): CdfDistances {
  return cdfDistances(sortedSample(u.values, u.weights), sortedSample(v.values, v.weights));
}

function joined(u: Sample, values: readonly number[], weights: readonly number[]): Sample {
  return { values: Float64Array.of(...u.values, ...values), weights: Float64Array.of(...u.weights, ...weights) };
}

test('distances of signed weights are those of their definitions', (t) => {
  fc.assert(
    fc.property(signed, signed, (u, v) => {
      const [found, expected] = [distances(u, v), byDefinition(u, v)];
      // The energy distance is a root: rounding of 1e-13 under it is 3e-7 beside it.
      for (const key of ['wasserstein', 'energy', 'ks'] as const)
        t.true(Math.abs(found[key] ** 2 - expected[key] ** 2) <= 1e-8 * (1 + expected[key] ** 2), key);
    }),
  );
});

test('an event of weight 1 and the same event of weight -1 are no event', (t) => {
  fc.assert(
    fc.property(signed, signed, value, (u, v, x) => {
      const [found, expected] = [distances(joined(u, [x, x], [1, -1]), v), distances(u, v)];
      for (const key of ['wasserstein', 'energy', 'ks'] as const)
        t.true(Math.abs(found[key] ** 2 - expected[key] ** 2) <= 1e-8 * (1 + expected[key] ** 2), key);
    }),
  );
});

test('a bin whose weights add up to less than zero counts as empty in a KL divergence', (t) => {
  const rules = klRules.parse({ bins: 2 });
  const truth = Float64Array.of(0, 0, 1, 1);
  const negative = klDivergence(truth, Float64Array.of(0, 0, 0, 1), {
    predictedWeights: Float64Array.of(2, 1, 0, -2),
    ...rules,
  });
  const empty = klDivergence(truth, Float64Array.of(0, 0, 0, 1), {
    predictedWeights: Float64Array.of(2, 1, 0, 0),
    ...rules,
  });
  t.is(negative, empty);
  // P = 2.5 / 5 in both bins, Q = 3.5 / 4 and 0.5 / 4.
  t.true(Math.abs(negative - (0.5 * Math.log(0.5 / 0.875) + 0.5 * Math.log(0.5 / 0.125))) < 1e-14);
});

test('weights whose sum is not positive are refused', (t) => {
  const message = /^invalid weights of sample: their sum is -1, and must be positive$/;
  t.throws(() => sortedSample(Float64Array.of(1, 2), Float64Array.of(1, -2)), { name: 'UserError', message });
});

function evaluation(weight: (event: number) => number) {
  const rng = new Rng(4);
  const count = 60;
  const partons = () => Float32Array.from({ length: 10 * count }, () => rng.normal());
  const weights = Float32Array.from({ length: count }, (_, event) => weight(event));
  return evaluateDistances({
    spec: numberedSpec,
    truth: partonColumns(numberedSpec, partons(), weights),
    predicted: partonColumns(numberedSpec, partons(), weights),
    floor: partonColumns(numberedSpec, partons(), weights),
    bootstrap: { replicas: 40 },
    rng: new Rng(5),
  });
}

for (const [name, weight] of [
  ['negative in every fifth event', (event: number) => (event % 5 === 2 ? -1 : 1)],
  ['of opposite sign that nearly cancel', (event: number) => (event % 2 === 0 ? -1 : 1.01)],
  ['all on one event', (event: number) => (event === 7 ? 1 : 0)],
  ['of 1e30 on one event', (event: number) => (event === 7 ? 1e30 : 1)],
] as const)
  test(`distances and their errors are numbers with weights ${name}`, (t) => {
    const { distances, floor } = evaluation(weight);
    for (const table of [distances, floor!])
      for (const { value, error } of table.cells.flat(2)) t.true(Number.isFinite(value) && Number.isFinite(error));
  });

test('bootstrap errors of signed weights are the scatter of repeated samples', (t) => {
  // 400 events, every fifth of weight -1: the mean of N(0, 1) has the variance sum w^2 / (sum w)^2 = 400 / 240^2.
  const [events, repeats] = [400, 60];
  const weights = Float32Array.from({ length: events }, (_, event) => (event % 5 === 0 ? -1 : 1));
  const spec = { ...numberedSpec, particles: numberedSpec.particles.slice(0, 1) };
  const rng = new Rng(11);
  const shifted = (by: number) =>
    Float32Array.from({ length: 5 * events }, (_, i) => (i % 5 === 2 ? by : 0) + rng.normal());
  const found = Array.from({ length: repeats }, (_, repeat) => {
    // Far apart, the Wasserstein distance is the difference of the means.
    const { distances } = evaluateDistances({
      spec,
      truth: partonColumns(spec, shifted(0), weights),
      predicted: partonColumns(spec, shifted(30), weights),
      bootstrap: { replicas: 20, pairing: 'independent' },
      rng: new Rng(repeat),
    });
    return distances.cells[0]![0]![5]!;
  });
  const expected = Math.sqrt((2 * events) / 240 ** 2);
  const errors = Math.sqrt(found.reduce((sum, { error }) => sum + error! ** 2, 0) / repeats);
  // 60 errors of 20 replicas: their root mean square is known to 1 / sqrt(2 * 60 * 19), 2 %; four of these.
  t.true(Math.abs(errors / expected - 1) < 0.1, `${errors}, expected ${expected}`);
});

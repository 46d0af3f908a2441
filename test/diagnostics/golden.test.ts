import { Rng } from '@unfold-zoo/core';
import {
  areaUnderCurve,
  chiSquaredChance,
  coverageAt,
  exchangedDistances,
  homogeneityChiSquared,
  kolmogorovChance,
  nearestDistances,
  normalQuantile,
  RankHistogram,
  rankAmong,
  signFlipChance,
  twoSidedChance,
  uniformDistance,
  voronoiRegions,
} from '@unfold-zoo/diagnostics';
import test, { type ExecutionContext } from 'ava';
import { fixture } from '../fixtures.js';

interface Golden {
  readonly kolmogorovSamples: readonly { values: number[]; distance: number; probability: number }[];
  readonly kolmogorovChances: readonly { count: number; distance: number; probability: number }[];
  readonly chiSquaredChances: readonly { chiSquared: number; degreesOfFreedom: number; probability: number }[];
  readonly normal: {
    readonly quantiles: readonly { probability: number; quantile: number }[];
    readonly chances: readonly { z: number; probability: number }[];
  };
  readonly coverage: {
    readonly truth: number[];
    readonly draws: number[][];
    readonly weights: number[];
    readonly levels: readonly { level: number; all: number; weighted: number }[];
  };
  readonly areaUnderCurve: { readonly truth: number[]; readonly draws: number[]; readonly area: number };
  readonly regions: {
    readonly first: number[][];
    readonly second: number[][];
    readonly references: number[][];
    readonly nearestOfSecond: number[];
    readonly regions: number[];
    readonly chiSquared: number;
    readonly degreesOfFreedom: number;
    readonly probability: number;
  };
  readonly signFlips: readonly { wins: number; losses: number; probability: number }[];
  readonly exchangedDistance: {
    readonly first: number[];
    readonly second: number[];
    readonly weights: number[];
    readonly distance: number;
    readonly weighted: number;
  };
}

// Numbers of SciPy and NumPy: bench/peers/diagnostics_scipy.py.
const golden = fixture<Golden>('golden/diagnostics.json');

function near(t: ExecutionContext, found: number, expected: number, relative: number): void {
  t.true(Math.abs(found - expected) <= relative * Math.abs(expected), `${found}, not ${expected} to ${relative}`);
}

test('Kolmogorov-Smirnov distances of samples are those of SciPy, and chances within what is documented', (t) => {
  for (const { values, distance, probability } of golden.kolmogorovSamples) {
    const found = uniformDistance(values);
    near(t, found.distance, distance, 1e-12);
    near(t, found.probability, probability, probability > 0.1 ? 0.006 : 0.01);
  }
});

test('Kolmogorov-Smirnov chances are within 0.6 % in the body and, as documented, too large far out', (t) => {
  const documented = new Map([
    [10, 0.37],
    [100, 0.03],
    [1000, 0.003],
  ]);
  for (const { count, distance, probability } of golden.kolmogorovChances) {
    const off = kolmogorovChance(distance, count) / probability - 1;
    const place = `${count} numbers, ${probability}: ${off}`;
    if (probability > 0.099) t.true(Math.abs(off) < 0.006, place);
    else t.true(off > 0, place);
    if (probability < 0.1 && probability > 0.99e-3) t.true(off < (documented.get(count) ?? 0.003), place);
    if (count === 1000 && probability > 0.99e-12) t.true(off < 0.08, place);
  }
});

test('chances of chi squared, of normal numbers and quantiles are those of SciPy', (t) => {
  for (const { chiSquared, degreesOfFreedom, probability } of golden.chiSquaredChances)
    near(t, chiSquaredChance(chiSquared, degreesOfFreedom), probability, 1e-10);
  for (const { probability, quantile } of golden.normal.quantiles)
    t.true(Math.abs(normalQuantile(probability) - quantile) <= 1.2e-9 * Math.max(Math.abs(quantile), 1));
  for (const { z, probability } of golden.normal.chances) near(t, twoSidedChance(z), probability, 1.2e-7);
});

test('coverage of central intervals is that of NumPy, with weights of either sign too', (t) => {
  const { truth, draws, weights, levels } = golden.coverage;
  const rng = new Rng(1);
  const [all, weighted] = [new RankHistogram(15), new RankHistogram(15)];
  for (const [event, value] of truth.entries()) {
    const rank = rankAmong(value, draws[event]!, { first: 0, count: 15 }, rng);
    all.add(rank);
    weighted.add(rank, weights[event]);
  }
  for (const each of levels) {
    near(t, coverageAt(all, each.level).value, each.all, 1e-12);
    near(t, coverageAt(weighted, each.level).value, each.weighted, 1e-12);
  }
});

test('the area under the curve is that of Mann and Whitney in SciPy, ties included', (t) => {
  const { truth, draws, area } = golden.areaUnderCurve;
  const events = truth.map((score, i) => ({ truth: score, draws: [draws[i]!], weight: 1 }));
  near(t, areaUnderCurve(events).value, area, 1e-12);
});

test('nearest neighbours, Voronoi regions and the chi squared of their counts are those of SciPy', (t) => {
  const { first, second, references, nearestOfSecond, regions, ...expected } = golden.regions;
  const flat = (rows: readonly number[][]) => Float32Array.from(rows.flat());
  for (const [i, distance] of nearestDistances(flat(first), flat(second), 4).entries())
    near(t, distance, nearestOfSecond[i]!, 1e-12);
  const found = voronoiRegions(flat([...first, ...second]), flat(references), 4);
  t.deepEqual([...found], regions);
  const isFirst = Uint8Array.from(regions, (_, i) => Number(i < first.length));
  const sample = { regions: found, regionCount: references.length };
  const { chiSquared, degreesOfFreedom } = homogeneityChiSquared(sample, isFirst);
  near(t, chiSquared, expected.chiSquared, 1e-12);
  t.is(degreesOfFreedom, expected.degreesOfFreedom);
  near(t, chiSquaredChance(chiSquared, degreesOfFreedom), expected.probability, 1e-10);
  // That all events count twice changes nothing: the variance is that of weights.
  const weights = new Float32Array(regions.length).fill(2);
  near(t, homogeneityChiSquared({ ...sample, weights }, isFirst).chiSquared, expected.chiSquared, 1e-12);
});

test('chances of flips of signs are those of the exact binomial test, within their own statistics', (t) => {
  const flips = 9_999;
  for (const { wins, losses, probability } of golden.signFlips) {
    const values = [...Array<number>(wins).fill(1), ...Array<number>(losses).fill(-1)];
    const error = Math.sqrt((probability * (1 - probability)) / flips);
    const found = signFlipChance(values, flips, new Rng(wins));
    t.true(Math.abs(found - probability) < 4 * error, `${found}, not ${probability}`);
  }
});

test('distances without an exchange are the Wasserstein distances of SciPy', (t) => {
  const { first, second, weights, distance, weighted } = golden.exchangedDistance;
  const pairs = { truth: Float64Array.from(first), drawn: Float64Array.from(second) };
  const asTheyAre = new Int8Array(first.length).fill(1);
  near(t, exchangedDistances(pairs, asTheyAre)[0]!, distance, 1e-12);
  near(t, exchangedDistances(pairs, asTheyAre, weights)[0]!, weighted, 1e-12);
});

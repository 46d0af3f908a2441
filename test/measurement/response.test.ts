import { Rng } from '@unfold-zoo/core';
import {
  Binning,
  binsOption,
  edgesOf,
  fillResponse,
  poisson,
  poissonCounts,
  probabilities,
  simulatedDetector,
  simulatedTruth,
  sumBins,
  truePurity,
} from '@unfold-zoo/measurement';
import test from 'ava';

test('every number but NaN has a bin, and a bin holds its lower edge', (t) => {
  const bins = new Binning([[0, 1, 3]]);
  const values = Float64Array.of(-5, 0, 0.5, 1, 2.9, 3, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN);
  t.deepEqual([...bins.binsOf([values])], [0, 1, 1, 2, 2, 3, 3, 0, -1]);
  t.deepEqual(
    [0, 1, 2, 3].map((bin) => bins.labelOf(bin)),
    ['below 0', '0 to 1', '1 to 3', 'above 3'],
  );
  t.deepEqual(
    [0, 1, 2, 3].map((bin) => bins.isOpen(bin)),
    [true, false, false, true],
  );
  t.is(bins.widthOf(2), 2);
});

test('bins of two numbers are those of both, and neighbours along either axis are chains', (t) => {
  const bins = new Binning([
    [0, 1, 2],
    [0, 10, 20, 30],
  ]);
  t.is(bins.size, 4 * 5);
  const [bin] = bins.binsOf([Float64Array.of(1.5), Float64Array.of(25)]);
  t.deepEqual(bins.placeOf(bin!), [2, 3]);
  t.is(bins.labelOf(bin!), '1 to 2, 20 to 30');
  t.is(bins.widthOf(bin!), 10);
  t.is(bins.binsOf([Float64Array.of(1), Float64Array.of(Number.NaN)])[0], -1);
  t.deepEqual(bins.chains.map((chain) => chain.length).sort(), [2, 2, 2, 3, 3]);
});

test('edges that do not ascend or are not finite are refused', (t) => {
  t.throws(() => new Binning([[0, 2, 1]]), { message: /edge 1 of \[0, 2, 1\] is not above the one before/ });
  t.throws(() => new Binning([[0, Number.NaN]]), { message: /is not finite/ });
  t.throws(() => new Binning([[1]]), { message: /at least two edges/ });
});

const rng = new Rng(3);
const truth = Float64Array.from({ length: 4000 }, () => 100 + 30 * rng.normal());
const weights = new Float64Array(truth.length).fill(1);
/** Edges by a rule, for a detector of that resolution. */
const edges = (option: object, resolution: number) => {
  const noise = new Rng(4);
  const detector = truth.map((value) => value + resolution * noise.normal());
  return edgesOf(binsOption.parse(option), { truth, detector, weights });
};

test('bins of equal counts have the same share of the simulation', (t) => {
  const found = edges({ rule: 'equal-counts', bins: 8 }, 0);
  t.is(found.length, 9);
  const bins = new Binning([found]);
  const { sums } = sumBins(bins.binsOf([truth]), bins.size, weights);
  // Edges are rounded to a thousandth of the range, in which there are few events.
  for (const sum of sums.slice(1, -1)) t.true(Math.abs(sum - 500) <= 15, String(sum));
});

test('bins by resolution have the purity that was asked for, and a better detector has more of them', (t) => {
  const [good, poor] = [5, 20].map((resolution) =>
    edges({ rule: 'resolution', purity: 0.6, from: 40, to: 160 }, resolution),
  );
  t.true(good!.length > poor!.length && poor!.length >= 2, `${good!.length} and ${poor!.length} edges`);
  t.deepEqual([good![0], good!.at(-1)], [40, 160]);
  const noise = new Rng(4);
  const detector = truth.map((value) => value + 5 * noise.normal());
  const bins = new Binning([good!]);
  const response = fillResponse(
    { truth: bins.binsOf([truth]), detector: bins.binsOf([detector]), weights },
    { truth: bins.size, detector: bins.size },
  );
  const measured = simulatedDetector(response);
  for (let bin = 1; bin < bins.size - 2; bin++) t.true(response.joint[bin]![bin]! / measured[bin]! >= 0.6);
  t.throws(() => edges({ rule: 'resolution', purity: 0.9, from: 99, to: 101 }, 300), {
    message: /no bin reaches a purity of 0.9/,
  });
  t.throws(() => edges({ rule: 'equal-counts', bins: 4, from: 3, to: 2 }, 1), { message: /"from" is 3/ });
  t.throws(() => edges({ rule: 'equal-counts', bins: 900, from: 99.9, to: 100 }, 1), { message: /too few/ });
});

test('a response keeps every weight: measured, missed, or a fake', (t) => {
  const size = { truth: 3, detector: 2 };
  const response = fillResponse(
    {
      truth: Int32Array.of(0, 0, 1, 2, -1, -1, 1),
      detector: Int32Array.of(0, -1, 1, 1, 0, -1, 1),
      weights: Float64Array.of(1, 2, 3, -1, 3, 100, 0.5),
    },
    size,
  );
  t.deepEqual(response.joint, [
    [1, 0, 0],
    [0, 3.5, -1],
  ]);
  t.deepEqual(
    [response.missed, response.fakes],
    [
      [2, 0, 0],
      [3, 0],
    ],
  );
  t.deepEqual(simulatedTruth(response), [3, 3.5, -1]);
  t.deepEqual(simulatedDetector(response), [4, 2.5]);
  const matrix = probabilities(response);
  t.deepEqual([matrix[0]![0], matrix[1]![1], matrix[1]![2]], [1 / 3, 1, 1]);
  t.deepEqual(truePurity(response), [1 / 4, 1]);
});

test('bootstrap counts are Poisson numbers of mean 1, and so sums have the variance of squared weights', (t) => {
  const counts = poissonCounts(20_000, new Rng(1));
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const zeros = counts.filter((count) => count === 0).length / counts.length;
  t.true(Math.abs(mean - 1) < 4 / Math.sqrt(counts.length));
  t.true(Math.abs(zeros - Math.exp(-1)) < (4 * 0.5) / Math.sqrt(counts.length));
});

test('Poisson numbers have their mean and variance', (t) => {
  const stream = new Rng(2);
  for (const mean of [0, 3, 2000]) {
    const draws = Array.from({ length: 4000 }, () => poisson(mean, stream));
    const average = draws.reduce((sum, each) => sum + each, 0) / draws.length;
    const variance = draws.reduce((sum, each) => sum + (each - average) ** 2, 0) / draws.length;
    t.true(Math.abs(average - mean) <= 4 * Math.sqrt(mean / draws.length));
    // The variance of a sample variance is about 2 variance^2 / n + mean / n.
    t.true(Math.abs(variance - mean) <= 4 * Math.sqrt((2 * mean ** 2 + mean) / draws.length));
  }
});

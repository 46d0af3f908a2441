import assert from 'node:assert/strict';
import test from 'node:test';
import { fitResponse, unfoldIteratively } from '../src/index.js';

/** Three causes, four effects; efficiencies 0.9, 1 and 0.8. */
const PROBABILITIES = [
  [0.6, 0.2, 0.1, 0],
  [0.1, 0.5, 0.3, 0.1],
  [0, 0.1, 0.3, 0.4],
];
const TRUE_COUNTS = [300, 500, 200];
const FLAT = [1 / 3, 1 / 3, 1 / 3];

const folded = (counts: readonly number[]) =>
  [0, 1, 2, 3].map((j) => counts.reduce((sum, count, i) => sum + count * PROBABILITIES[i]![j]!, 0));

const isClose = (got: readonly number[], expected: readonly number[], tolerance: number) =>
  assert.ok(
    got.every((value, i) => Math.abs(value - expected[i]!) <= tolerance),
    `${got}, expected ${expected}`,
  );

test('a response has the efficiency of each cause and its share of the events', () => {
  const { probabilities, prior } = fitResponse([
    [6, 2, 2],
    [0, 30, 0],
  ]);
  assert.deepEqual(probabilities, [
    [0.6, 0.2],
    [0, 1],
  ]);
  assert.deepEqual(prior, [0.25, 0.75]);
});

test('the true spectrum is a fixed point: with it as prior one iteration returns it', () => {
  const prior = TRUE_COUNTS.map((count) => count / 1000);
  isClose(unfoldIteratively(folded(TRUE_COUNTS), { probabilities: PROBABILITIES, prior }, 1), TRUE_COUNTS, 1e-9);
});

test('without migration one iteration is a division by the efficiencies, whatever the prior', () => {
  const probabilities = [
    [0.5, 0],
    [0, 0.8],
  ];
  isClose(unfoldIteratively([50, 80], { probabilities, prior: [0.9, 0.1] }, 1), [100, 100], 1e-9);
});

test('every iteration accounts for all measured events', () => {
  const measured = [120, 260, 310, 90];
  for (const iterations of [1, 2, 5, 20]) {
    const unfolded = unfoldIteratively(measured, { probabilities: PROBABILITIES, prior: FLAT }, iterations);
    const total = folded(unfolded).reduce((sum, count) => sum + count, 0);
    assert.ok(Math.abs(total - 780) < 1e-9, `${total}`);
  }
});

test('no iteration lowers the Poisson likelihood of the measured counts', () => {
  const measured = [120, 260, 310, 90];
  const logLikelihood = (iterations: number) =>
    folded(unfoldIteratively(measured, { probabilities: PROBABILITIES, prior: FLAT }, iterations)).reduce(
      (sum, expected, j) => sum + measured[j]! * Math.log(expected) - expected,
      0,
    );
  const values = Array.from({ length: 30 }, (_, i) => logLikelihood(i + 1));
  for (const [i, value] of values.slice(1).entries()) assert.ok(value >= values[i]! - 1e-9, `iteration ${i + 2}`);
});

test('many iterations find the true counts of a folded spectrum from a flat prior', () => {
  const response = { probabilities: PROBABILITIES, prior: FLAT };
  isClose(unfoldIteratively(folded(TRUE_COUNTS), response, 2000), TRUE_COUNTS, 0.01);
});

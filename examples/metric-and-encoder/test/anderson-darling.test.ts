import assert from 'node:assert/strict';
import test from 'node:test';
import { Rng } from '@unfold-zoo/core';
import { andersonDarling } from '../src/index.js';

const sample = (values: readonly number[]) => ({ values: Float64Array.from(values).sort() });

test('two single values are 2 apart: H steps to 1/2, where F - G is 1', () => {
  // The step to H = 1/2 has the height 1/2 and (F - G)^2 / (H (1 - H)) = 4; at H = 1 nothing is left.
  assert.equal(andersonDarling(sample([0]), sample([1])), 2);
});

test('samples that do not overlap are 8 ln 2 - 4 apart, however large the gap', () => {
  // F runs to 1 before G starts: f = 2 h up to h = 1/2 gives 4 h / (1 - h), whose integral and its mirror image's is 4
  // (2 ln 2 - 1).
  const n = 4000;
  const [low, high] = [0, 1000].map((start) => sample(Array.from({ length: n }, (_, i) => start + i / n)));
  const exact = 4 * (2 * Math.log(2) - 1);
  // Sums over n steps differ from the integral by about the integrand's largest change, 4, over n.
  assert.ok(Math.abs(andersonDarling(low!, high!) - exact) < 8 / n, `${andersonDarling(low!, high!)}, not ${exact}`);
});

test('of two equal samples of one distribution its mean is that of Anderson and Darling, over half their size', () => {
  const [n, repetitions] = [200, 400];
  const rng = new Rng(5);
  const draws = () => sample(Array.from({ length: n }, () => rng.normal()));
  const mean =
    Array.from({ length: repetitions }, () => andersonDarling(draws(), draws())).reduce((a, b) => a + b) / repetitions;
  // (F - G)^2 has the mean 2 H (1 - H) / n. The limiting distribution's variance is 2 (pi^2 - 9) / 3 = 0.58.
  const tolerance = 5 * Math.sqrt(0.58 / repetitions);
  assert.ok(Math.abs((mean * n) / 2 - 1) < tolerance + 2 / n, `${(mean * n) / 2}`);
});

import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import {
  type EventScaling,
  fitNormalScores,
  fitScaling,
  fromNormalScore,
  normalCdf,
  scalePartons,
  scalingFromJson,
  scalingToJson,
  toNormalScore,
  unscalePartons,
} from '@unfold-zoo/core/events';
import { consistency } from '@unfold-zoo/core/losses';
import { ksStatistic } from '@unfold-zoo/metrics';
import test from 'ava';
import { NumberedSource, numberedSpec } from '../fixtures/data/numbered-source.js';

const EVENTS = 20_000;
const rng = new Rng(11);

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

function uniforms(name: string, count = EVENTS): Float64Array {
  const stream = rng.fork(name);
  return Float64Array.from({ length: count }, () => stream.uniform());
}

/** Non-relativistic Breit-Wigner of a top quark: mass and width in GeV, cut at fifteen widths as in the simulation. */
function breitWigner(name: string): Float64Array {
  const reach = Math.atan(30) / Math.PI;
  return uniforms(name).map((u) => 173 + 0.745 * Math.tan(Math.PI * reach * (2 * u - 1)));
}

function normals(name: string): Float64Array {
  const stream = rng.fork(name);
  return Float64Array.from({ length: EVENTS }, () => stream.normal());
}

/** Kolmogorov-Smirnov distance that two samples of `EVENTS` exceed once in 10,000 times. */
const KS_LIMIT = 2.23 * Math.sqrt(2 / EVENTS);

test('the distribution function of the normal distribution has its known values', (t) => {
  t.is(normalCdf(0), 0.5);
  t.true(Math.abs(normalCdf(1.959963984540054) - 0.975) < 1e-15);
  // Abramowitz and Stegun, table 26.2: Q(6).
  t.true(Math.abs(normalCdf(-6) / 9.865876450376946e-10 - 1) < 1e-6);
  t.true(Math.abs(normalCdf(2.3) + normalCdf(-2.3) - 1) < 1e-15);
});

test('normal scores of a resonance are normal, and normal numbers come back as the resonance', (t) => {
  const masses = breitWigner('masses');
  const scores = fitNormalScores(masses);
  const scored = masses.map((mass) => toNormalScore(scores, mass));
  t.true(ksStatistic(scored, normals('normal')) < KS_LIMIT);
  const drawn = normals('drawn').map((score) => fromNormalScore(scores, score));
  t.true(ksStatistic(drawn, breitWigner('others')) < KS_LIMIT);
});

test('a score undoes what made it, within the range of the training data', (t) => {
  const scores = fitNormalScores(breitWigner('masses'));
  for (const mass of breitWigner('others').slice(0, 1000)) {
    const [low, high] = [scores.values[0]!, scores.values.at(-1)!];
    const back = fromNormalScore(scores, toNormalScore(scores, mass));
    t.true(Math.abs(back - Math.min(Math.max(mass, low), high)) < 1e-9);
  }
});

test('a column of two values comes back as those two, in their shares', (t) => {
  const masses = uniforms('flavour').map((u) => (u < 0.3 ? 0.33 : 1.5));
  const share = masses.filter((mass) => mass === 0.33).length / EVENTS;
  const scores = fitNormalScores(masses);
  for (const mass of [0.33, 1.5]) t.is(fromNormalScore(scores, toNormalScore(scores, mass)), mass);
  const drawn = normals('flavours drawn').map((score) => fromNormalScore(scores, score));
  t.deepEqual([...new Set(drawn)].sort(), [0.33, 1.5]);
  const light = drawn.filter((mass) => mass === 0.33).length / EVENTS;
  // Five standard errors.
  t.true(Math.abs(light - share) < 5 * Math.sqrt((share * (1 - share)) / EVENTS));
});

test('a column that never varies comes back as it was from any score', (t) => {
  const scores = fitNormalScores([4.7, 4.7, 4.7]);
  t.true(Math.abs(toNormalScore(scores, 4.7)) < 1e-15);
  for (const score of [-9, 0, 3]) t.is(fromNormalScore(scores, score), 4.7);
});

test('the weight of a value counts as so many values', (t) => {
  const repeated = fitNormalScores([1, 2, 2, 2, 5, 5]);
  t.deepEqual(fitNormalScores([5, 1, 2], [2, 1, 3]), repeated);
});

test('quantities with normal scores are scaled by them, the others by mean and standard deviation', async (t) => {
  const source = new NumberedSource(500, 100);
  const events = await source.read('train', 0, 500);
  const { partons } = events;
  const plain = await fitScaling(source);
  const scaling = await fitScaling(source, { normalScores: ['mass', 'px'] });
  t.deepEqual([...scaling.normalScores!.keys()], [0, 2, 5, 7]);
  const [scored, standardised] = [scalePartons(scaling, partons, events), scalePartons(plain, partons, events)];
  for (const [i, value] of scored.entries()) {
    const scores = scaling.normalScores!.get(i % 10);
    t.is(value, scores ? Math.fround(toNormalScore(scores, partons[i]!)) : standardised[i]!);
  }
  const back = unscalePartons(scaling, scored, events);
  // The outermost half event at each end is cut off.
  const inside = [...back.keys()].filter((i) => Math.abs(scored[i]!) < 3);
  t.true(inside.every((i) => Math.abs(back[i]! - partons[i]!) < 1e-4 * (1 + Math.abs(partons[i]!))));
});

test('a scaling with normal scores survives JSON to the last bit', async (t) => {
  const scaling = await fitScaling(new NumberedSource(500, 100), { normalScores: ['mass'] });
  const json = JSON.parse(JSON.stringify(scalingToJson(scaling)));
  t.deepEqual(scalingFromJson(json, 'scaling.json', numberedSpec), scaling);
});

test('the consistency of partons does not depend on how their masses are scaled', (t) => {
  const masses = breitWigner('masses');
  const columns = { mean: new Float64Array(5), standardDeviation: new Float64Array(5).fill(1), log: new Uint8Array(5) };
  const plain: EventScaling = { partons: columns, inputs: {}, energySquared: Float64Array.of(1e4) };
  const scaling: EventScaling = { ...plain, normalScores: new Map([[0, fitNormalScores(masses)]]) };
  const partons = Float32Array.from(
    [...masses.slice(0, 50)].flatMap((mass) => [mass, Math.log(mass + 40), 60, -20, 80]),
  );
  const rows = (values: Float32Array): tf.Tensor2D => tf.tensor2d(values, [50, 5]);
  const expected = consistency(rows(partons), plain, 'mae').dataSync();
  const actual = consistency(rows(scalePartons(scaling, partons, { size: 50, inputs: {} })), scaling, 'mae').dataSync();
  // Masses of 200 GeV in float32, squared, in units of 10^4 GeV^2; 257 hinges are summed.
  for (const [i, value] of actual.entries()) t.true(Math.abs(value - expected[i]!) < 1e-3);
});

test('the gradient of the consistency follows the curve of the scores', (t) => {
  const scores = fitNormalScores(breitWigner('masses'));
  const columns = { mean: new Float64Array(5), standardDeviation: new Float64Array(5).fill(1), log: new Uint8Array(5) };
  const scaling: EventScaling = {
    partons: columns,
    normalScores: new Map([[0, scores]]),
    inputs: {},
    energySquared: Float64Array.of(1e4),
  };
  const score = 1.234;
  const partons = tf.tensor2d([[score, 5.5, 60, -20, 80]]);
  const gradient = tf
    .grad((x: tf.Tensor) => consistency(x as tf.Tensor2D, scaling, 'mse'))(partons)
    .dataSync()[0]!;
  const loss = (at: number): number => {
    const mass = fromNormalScore(scores, at);
    return ((mass ** 2 - (Math.exp(11) - 60 ** 2 - 20 ** 2 - 80 ** 2)) / 1e4) ** 2;
  };
  const slope = (loss(score + 1e-4) - loss(score - 1e-4)) / 2e-4;
  t.true(Math.abs(gradient / slope - 1) < 1e-3);
});

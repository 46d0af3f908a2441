import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import {
  asinhSlope,
  compressColumns,
  type EventScaling,
  expandColumns,
  fitScaling,
  fromAsinh,
  scalePartons,
  scalingFromJson,
  scalingOptions,
  scalingToJson,
  toAsinh,
  unscalePartons,
} from '@unfold-zoo/core/events';
import { consistency } from '@unfold-zoo/core/losses';
import test from 'ava';
import { NumberedSource, numberedSpec } from '../fixtures/data/numbered-source.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const near = (actual: number, expected: number, tolerance = 1e-5): boolean =>
  Math.abs(actual - expected) <= tolerance * Math.max(1, Math.abs(expected));

test('small numbers of a column are stretched, tails are logarithms, and all come back', (t) => {
  t.is(toAsinh(0), 0);
  t.true(near(toAsinh(0.007), 0.01, 1e-4));
  // asinh(x) -> ln(2x) for large x.
  t.true(near(toAsinh(70), Math.log(200), 1e-4));
  for (const number of [-300, -2, -0.1, 0.5, 1, 6, 650]) {
    t.true(near(fromAsinh(toAsinh(number)), number, 1e-12));
    const step = 1e-4;
    const slope = (toAsinh(number + step) - toAsinh(number - step)) / (2 * step);
    t.true(near(asinhSlope(number) / slope, 1));
  }
  t.is(fromAsinh(50), fromAsinh(1e9), 'nothing that is drawn is beyond single precision');
  t.true(Number.isNaN(fromAsinh(Number.NaN)));
});

test('exponential tails have the kurtosis of a normal distribution afterwards', (t) => {
  // Quantiles of |x| ~ exponential with either sign, in units of its standard deviation: its own excess is 3.
  const count = 20_000;
  const values = Array.from({ length: count }, (_, i) => {
    const size = -Math.log((i + 0.5) / count) / Math.SQRT2;
    return i % 2 === 0 ? size : -size;
  });
  const excess = (numbers: readonly number[]): number => {
    const mean = (power: number) => numbers.reduce((sum, x) => sum + x ** power, 0) / count;
    return mean(4) / mean(2) ** 2 - 3;
  };
  t.true(Math.abs(excess(values) - 3) < 0.1);
  t.true(Math.abs(excess(values.map(toAsinh))) < 0.5, `${excess(values.map(toAsinh))}`);
});

test('tensors are compressed where the set says, and as numbers are', (t) => {
  const rows = tf.tensor2d([
    [0.3, -4, 20],
    [-600, 2, -0.01],
  ]);
  const [asinh, columns] = [new Set([5, 7]), [5, 6, 7]];
  const compressed = compressColumns(rows, asinh, columns);
  const expected = rows.arraySync().map((row) => row.map((value, i) => (i === 1 ? value : toAsinh(value))));
  for (const [i, value] of compressed.dataSync().entries()) t.true(near(value, expected.flat()[i]!));
  const back = expandColumns(compressed, asinh, columns).dataSync();
  for (const [i, value] of rows.dataSync().entries()) t.true(near(back[i]!, value, 1e-4), `${back[i]}, not ${value}`);
});

test('components of momenta are compressed, the others are scaled as before, and a JSON file keeps it', async (t) => {
  const source = new NumberedSource(500, 100);
  const events = await source.read('train', 0, 500);
  const { partons } = events;
  const plain = await fitScaling(source);
  const scaling = await fitScaling(source, { asinh: ['px', 'pz'] });
  t.deepEqual([...scaling.asinh!], [2, 4, 7, 9]);
  t.is(plain.asinh, undefined);
  const [compressed, standardised] = [scalePartons(scaling, partons, events), scalePartons(plain, partons, events)];
  for (const [i, value] of compressed.entries()) {
    const expected = scaling.asinh!.has(i % 10) ? toAsinh(standardised[i]!) : standardised[i]!;
    t.true(near(value, expected));
  }
  const back = unscalePartons(scaling, compressed, events);
  for (const [i, value] of back.entries()) t.true(near(value, partons[i]!, 1e-4));
  const json = JSON.parse(JSON.stringify(scalingToJson(scaling)));
  t.deepEqual(scalingFromJson(json, 'scaling.json', numberedSpec), scaling);
  t.throws(() => scalingFromJson({ ...json, asinh: [10] }, 'scaling.json', numberedSpec), {
    message: /expected 10 parton columns .* got 11/,
  });
});

test('the consistency of partons and its gradient do not depend on how their momenta are scaled', (t) => {
  const columns = {
    mean: Float64Array.of(0, 0, 5, 0, 20),
    standardDeviation: Float64Array.of(1, 1, 60, 60, 150),
    log: new Uint8Array(5),
  };
  const plain: EventScaling = { partons: columns, inputs: {}, energySquared: Float64Array.of(1e4) };
  const scaling: EventScaling = { ...plain, asinh: new Set([2, 4]) };
  const partons = Float32Array.of(173, 6, 60, -20, 700, 80, 5, -200, 50, -30);
  const events = { size: 2, inputs: {} };
  const rowsOf = (of: EventScaling): tf.Tensor2D => tf.tensor2d(scalePartons(of, partons, events), [2, 5]);
  const [expected, actual] = [plain, scaling].map((of) => consistency(rowsOf(of), of, 'mae').dataSync());
  for (const [i, value] of actual!.entries()) t.true(near(value, expected![i]!, 1e-4));
  const gradientOf = (of: EventScaling) =>
    tf
      .grad((rows) => tf.sum(consistency(rows as tf.Tensor2D, of, 'mae')))(rowsOf(of))
      .dataSync();
  const [straight, bent] = [gradientOf(plain), gradientOf(scaling)];
  const standardised = rowsOf(plain).dataSync();
  for (const [i, slope] of bent.entries()) {
    const chain = scaling.asinh!.has(i % 5) ? 1 / asinhSlope(standardised[i]!) : 1;
    t.true(near(slope, straight[i]! * chain, 1e-3));
  }
});

test('what cannot be compressed is refused', async (t) => {
  t.throws(() => scalingOptions.parse({ normalScores: ['mass', 'pz'], asinh: ['pz'] }), {
    message: /a quantity is in scaling\.normalScores too/,
  });
  t.throws(() => scalingOptions.parse({ asinh: ['mass'] }), { message: /expected one of \\?"px/ });
  const source = new NumberedSource(50, 50);
  const representation = {
    columns: [{ name: 'top.mass', quantity: 'mass' }],
    massShell: 'learned',
    encode: () => new Float64Array(50),
    decode: () => new Float64Array(500),
  } as const;
  await t.throwsAsync(fitScaling(source, { representation, asinh: ['pz'] }), {
    message: /^invalid scaling\.asinh: the representation has no pz; expected one of mass$/,
  });
});

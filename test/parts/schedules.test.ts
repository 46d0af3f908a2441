import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { NoiseSchedule, type Parameter, Rng } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import { alpha, antitheticTimes, diffuse, GAMMA_LIMITS, sigma, varianceGate } from '@unfold-zoo/core/diffusion';
import parts, { type LearnedSchedule } from '@unfold-zoo/parts';
import test from 'ava';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(5);

function make(kind: string, options: object = {}): NoiseSchedule {
  const catalogue = new Catalogue([parts]);
  const { schedule } = catalogue.roleSchemas();
  const choice = schedule!.parse({ kind, ...options }) as { kind: string };
  return catalogue.assemble(NoiseSchedule, { schedule: choice }, rng);
}

/** A learned schedule with a shape far from its first one. */
function bent(hidden = 32, options: object = {}): LearnedSchedule {
  const schedule = make('learned', { hidden, ...options }) as LearnedSchedule;
  for (const [i, parameter] of schedule.shapeParameters.entries()) {
    const noise = rng.fork(`bend ${i}`).normalTensor(1, parameter.size);
    parameter.assign(tf.add(parameter, tf.mul(0.3, tf.mul(parameter, tf.reshape(noise, parameter.shape)))));
  }
  return schedule;
}

const schedules: Readonly<Record<string, () => NoiseSchedule>> = {
  linear: () => make('linear'),
  cosine: () => make('cosine'),
  'learned, at first': () => make('learned'),
  'learned, bent': () => bent(),
};

for (const [name, create] of Object.entries(schedules)) {
  test(`gamma increases with time: ${name}`, (t) => {
    const gamma = create()
      .gamma(tf.linspace(0, 1, 201))
      .dataSync();
    t.true(gamma.every((value, i) => i === 0 || value > gamma[i - 1]!));
  });

  test(`gamma runs from its first end to its last: ${name}`, (t) => {
    const [first, last] = create()
      .gamma(tf.tensor1d([0, 1]))
      .dataSync();
    // The cosine goes through tangents of angles known to 1e-7.
    t.true(Math.abs(first! + 13.3) < 1e-4);
    t.true(Math.abs(last! - 5) < 1e-4);
  });

  test(`the slope of gamma is its central difference: ${name}`, (t) => {
    const schedule = create();
    const [times, h] = [tf.linspace(0.02, 0.98, 49), 2 ** -8];
    const gammaAt = (shift: number) => schedule.gamma(tf.add(times, shift) as tf.Tensor1D);
    const slope = schedule.gammaSlope(times).dataSync();
    const difference = (shift: number) => tf.div(tf.sub(gammaAt(shift), gammaAt(-shift)), 2 * shift).dataSync();
    // One Richardson step leaves an error of order h^4; rounding of gamma leaves 1e-6 / h.
    const [wide, narrow] = [difference(2 * h), difference(h)];
    for (const [i, value] of slope.entries()) {
      const estimate = (4 * narrow[i]! - wide[i]!) / 3;
      t.true(Math.abs(estimate / value - 1) < 2e-3, `${i}: ${estimate}, ${value}`);
    }
  });
}

test('the shape of a learned schedule cannot move its ends, not even by rounding', (t) => {
  for (const hidden of [1, 7, 1024]) {
    const before = (make('learned', { hidden }) as LearnedSchedule).gamma(tf.tensor1d([0, 1]));
    t.deepEqual(
      bent(hidden)
        .gamma(tf.tensor1d([0, 1]))
        .dataSync(),
      before.dataSync(),
    );
  }
});

test('a learned schedule starts close to linear', (t) => {
  const times = tf.linspace(0, 1, 101);
  const difference = tf.sub(make('learned').gamma(times), make('linear').gamma(times));
  // The slopes differ by 2 % at the ends, less elsewhere.
  t.true(tf.max(tf.abs(difference)).dataSync()[0]! < 0.02 * 18.3);
});

test('learned ends stay within the limits of gamma however far they are pushed', (t) => {
  const schedule = make('learned') as LearnedSchedule;
  (schedule.min as Parameter).assign(tf.scalar(-1e4));
  (schedule.max as Parameter).assign(tf.scalar(1e4));
  t.deepEqual([...schedule.gamma(tf.tensor1d([0, 1])).dataSync()], [...GAMMA_LIMITS]);
});

test('the ends of a learned schedule are parameters, and none of its shape, unless they are fixed', (t) => {
  const schedule = make('learned') as LearnedSchedule;
  const names = [...schedule.namedParameters()].map(([name]) => name);
  t.deepEqual(names, ['inputWeight', 'bias', 'outputWeight', 'min', 'max']);
  t.false(schedule.shapeParameters.includes(schedule.min as Parameter));
  t.is(make('learned', { learnEndPoints: false }).parameters.length, 3);
});

test('ends in the wrong order are refused', (t) => {
  t.throws(() => make('linear', { min: 2, max: 1 }), { message: /expected more than min, 2, got 1/ });
});

const spread = 0.5;

/**
 * [B] gamma' |epsilon - predicted|^2 / 2 with the exact denoiser of N(0, spread^2) data: a loss with no network to
 * train.
 */
function diffusionLoss(
  schedule: NoiseSchedule,
  stream: Rng,
  gates = { gate: unchanged, probe: unchanged },
): tf.Tensor1D {
  const events = 64;
  const t = antitheticTimes(events, stream);
  const gamma = schedule.gamma(t, gates.gate);
  const noise = stream.normalTensor(events, 1);
  const noisy = tf.squeeze(diffuse(tf.mul(spread, stream.normalTensor(events, 1)), noise, gamma), [1]);
  const variance = tf.add(tf.mul(spread ** 2, tf.square(alpha(gamma))), tf.square(sigma(gamma)));
  const error = tf.squaredDifference(tf.squeeze(noise, [1]), tf.div(tf.mul(sigma(gamma), noisy), variance));
  return gates.probe(tf.mul(tf.mul(0.5, schedule.gammaSlope(t, gates.gate)), error) as tf.Tensor1D);
}

const unchanged = (values: tf.Tensor1D): tf.Tensor1D => values;

test('the expected loss does not depend on the shape, and does depend on the ends', (t) => {
  const schedule = bent(4);
  const parameters = schedule.parameters as tf.Variable[];
  const batches = 400;
  const sums = parameters.map(({ size }) => ({ total: new Float64Array(size), squares: new Float64Array(size) }));
  for (let i = 0; i < batches; i++) {
    const { value, grads } = tf.variableGrads(
      () => tf.mean(diffusionLoss(schedule, rng.fork(`batch ${i}`))) as tf.Scalar,
      parameters,
    );
    for (const [k, { name }] of parameters.entries()) {
      for (const [j, slope] of grads[name]!.dataSync().entries()) {
        sums[k]!.total[j]! += slope;
        sums[k]!.squares[j]! += slope ** 2;
      }
    }
    tf.dispose([value, grads]);
  }
  // How many standard errors the mean gradient is from zero.
  const deviations = sums.map(({ total, squares }) =>
    [...total].map((sum, j) => sum / Math.sqrt(squares[j]! - sum ** 2 / batches)),
  );
  const shape = deviations.slice(0, 3).flat();
  t.true(Math.max(...shape.map(Math.abs)) < 4.5, `${shape}`);
  t.true(Math.max(...deviations.slice(3).flat().map(Math.abs)) > 10, `${deviations.slice(3)}`);
});

test('training the shape through the gate lowers the variance of the loss and keeps its mean', (t) => {
  const schedule = make('learned', { hidden: 32, learnEndPoints: false });
  const moments = () => {
    const losses = tf.concat(Array.from({ length: 64 }, (_, i) => diffusionLoss(schedule, rng.fork(`check ${i}`))));
    const { mean, variance } = tf.moments(losses);
    return { mean: mean.dataSync()[0]!, variance: variance.dataSync()[0]! };
  };
  const before = tf.tidy(moments);
  const optimizer = tf.train.adam(0.01);
  for (let i = 0; i < 200; i++) {
    optimizer.minimize(
      () => tf.mean(diffusionLoss(schedule, rng.fork(`train ${i}`), varianceGate())) as tf.Scalar,
      false,
      [...schedule.shapeParameters] as tf.Variable[],
    );
  }
  const after = tf.tidy(moments);
  t.log(before, after);
  t.true(after.variance < 0.8 * before.variance);
  // Five standard errors of a mean of 4096 losses.
  t.true(Math.abs(after.mean - before.mean) < 5 * Math.sqrt((before.variance + after.variance) / 4096));
});

test('evaluating a schedule leaves nothing behind but its result', (t) => {
  const schedule = bent();
  const before = tf.memory().numTensors;
  tf.tidy(() => schedule.gammaSlope(schedule.gamma(tf.linspace(0, 1, 5)))).dispose();
  t.is(tf.memory().numTensors, before);
  schedule.dispose();
  t.is(tf.memory().numTensors, before - 5);
});

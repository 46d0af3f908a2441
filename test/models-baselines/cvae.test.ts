import '../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { isUserError, Rng } from '@unfold-zoo/core';
import { type LinearGaussianEvents, linearGaussianEvents, PlainEncoder } from '@unfold-zoo/core/testing';
import { Cvae } from '@unfold-zoo/models-baselines';
import { IdentityCodec } from '@unfold-zoo/parts';
import test from 'ava';
import { unitScaling } from '../models-vld/toy-networks.js';
import { LinearCodec } from '../parts/linear-codec.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const rng = new Rng(31);
const none = { weight: 0, form: 'mae' } as const;
const parts = { conditionEncoder: new PlainEncoder(2), scaling: unitScaling(1) };

/**
 * p(x | z, y) = N(c z + d y, s^2) with z ~ N(0, 1): then p(x | y) = N(d y, c^2 + s^2), and p(z | x, y) is normal too.
 */
const c = 0.4;
const d = 0.8;
const weight = 8;
const s2 = 1 / (2 * weight);
const precision = 1 + c ** 2 / s2;
const exact = { mean: c / s2 / precision, logStd: -0.5 * Math.log(precision) };

const EVENTS = 4000;

function cvae({ stretch, logStd }: { stretch: number; logStd: number }): Cvae {
  const mean = stretch * exact.mean;
  const start = { encoder: mean, encoderCondition: -d * mean, logStd, decoder: c, decoderCondition: d };
  const options = { reduction: 'sum', priorWeight: 1, reconstructionWeight: weight, consistency: none } as const;
  return new Cvae({ ...parts, codec: new LinearCodec('both', start) }, options);
}

/** The bound per event on -ln p(x | y): the model's terms and the constant of its likelihood, 2 dimensions. */
function bound(model: Cvae, batch: LinearGaussianEvents): number {
  const terms = Object.values(model.stages[0]!.loss(batch, rng.fork('loss')).terms);
  return (tf.addN(terms) as tf.Scalar).dataSync()[0]! + Math.log(2 * Math.PI * s2);
}

/** The mean of -ln p(x | y) in float64, and (x - d y)^2 of each number. */
function evidence({ partons, y }: LinearGaussianEvents): { value: number; squares: Float64Array } {
  const [x, seen] = [partons.dataSync(), y.dataSync()];
  const squares = Float64Array.from(x, (value, i) => (value - d * seen[i]!) ** 2);
  const variance = c ** 2 + s2;
  const sum = squares.reduce(
    (total, square) => total + 0.5 * (square / variance + Math.log(2 * Math.PI * variance)),
    0,
  );
  return { value: sum / EVENTS, squares };
}

// The reconstruction of one event is two squares of one draw each: at most 3 nats apart from event to event here.
const ERROR = (5 * 3) / Math.sqrt(EVENTS);

test('with the exact posterior the bound of a CVAE is the evidence', (t) => {
  const batch = linearGaussianEvents(EVENTS, rng.fork('events'));
  const off = bound(cvae({ stretch: 1, logStd: exact.logStd }), batch) - evidence(batch).value;
  t.true(Math.abs(off) < ERROR, `${off}`);
});

test('with another posterior the bound of a CVAE is above the evidence by the KL between the two', (t) => {
  const batch = linearGaussianEvents(EVENTS, rng.fork('events'));
  const { value, squares } = evidence(batch);
  for (const other of [
    { stretch: 0, logStd: 0 },
    { stretch: 2, logStd: exact.logStd },
    { stretch: 1, logStd: exact.logStd + 1 },
  ]) {
    const logRatio = other.logStd - exact.logStd;
    const shift = ((other.stretch - 1) * exact.mean) ** 2 * precision;
    const kl =
      squares.reduce((sum, square) => sum + 0.5 * (Math.exp(2 * logRatio) - 1 + shift * square), 0) / EVENTS -
      2 * logRatio;
    const off = bound(cvae(other), batch) - value - kl;
    t.true(kl > 3 * ERROR, `${kl}`);
    t.true(Math.abs(off) < ERROR * Math.max(1, kl), `${off} of ${kl}`);
  }
});

test('the bound of a CVAE is the Monte Carlo mean of ln q(z | x, y) - ln p(x, z | y)', (t) => {
  const batch = linearGaussianEvents(EVENTS, rng.fork('events'));
  const posterior = { stretch: 0.7, logStd: -0.4 };
  const [x, y] = [batch.partons.dataSync(), batch.y.dataSync()];
  const stream = rng.fork('monte carlo');
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const noise = stream.normal();
    const residual = x[i]! - d * y[i]!;
    const z = posterior.stretch * exact.mean * residual + Math.exp(posterior.logStd) * noise;
    const logQ = -0.5 * noise ** 2 - posterior.logStd - 0.5 * Math.log(2 * Math.PI);
    const logPrior = -0.5 * z ** 2 - 0.5 * Math.log(2 * Math.PI);
    const logLikelihood = -0.5 * ((residual - c * z) ** 2 / s2 + Math.log(2 * Math.PI * s2));
    sum += logQ - logPrior - logLikelihood;
  }
  const off = bound(cvae(posterior), batch) - sum / EVENTS;
  t.true(Math.abs(off) < Math.SQRT2 * ERROR, `${off}`);
});

test('a CVAE refuses a codec whose decoder does not see the detector', (t) => {
  const start = { encoder: 1, encoderCondition: 0, logStd: -1, decoder: 1, decoderCondition: 0 };
  const options = { reduction: 'mean', priorWeight: 1, reconstructionWeight: 1, consistency: none } as const;
  for (const codec of [new LinearCodec('none', start), new LinearCodec('encoder', start), new IdentityCodec(2)]) {
    const error = t.throws(() => new Cvae({ ...parts, codec }, options), {
      message: /^invalid codec: .*condition to both$/,
    });
    t.true(isUserError(error));
  }
});

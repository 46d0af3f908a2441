import '../../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { type LatentCodec, Module, Rng } from '@unfold-zoo/core';
import { alpha, latentDiffusionReconstructions, sigma } from '@unfold-zoo/core/diffusion';
import {
  eulerStandIn,
  gaussianOracle,
  MeanEncoder,
  StraightSchedule,
  testBatch,
  testSetting,
} from '@unfold-zoo/core/testing';
import test from 'ava';

const ROWS = 4000;
const WIDTH = 2;
/** Of the noise that the codec adds to its latents. */
const CODEC_NOISE = 0.1;

/** Latents are the partons themselves, with a little noise. */
class NoisyIdentity extends Module implements LatentCodec {
  readonly latentWidth = WIDTH;
  readonly deterministic = false;
  readonly condition = 'none';

  encode(partons: tf.Tensor2D) {
    const sample = (rng: Rng): tf.Tensor2D => tf.add(partons, tf.mul(CODEC_NOISE, rng.normalTensor(...partons.shape)));
    return { mean: partons, sample, kl: () => tf.zerosLike(partons) };
  }

  decode(latent: tf.Tensor2D): tf.Tensor2D {
    return tf.clone(latent);
  }
}

class NoCondition extends MeanEncoder {
  override encode(): tf.Tensor2D {
    return tf.zeros([ROWS, 1]);
  }
}

const gamma = (t: number): number => -6 + 10 * t;
/** Of latents: those of partons of width 1, and the codec's noise. */
const DEVIATION = Math.hypot(1, CODEC_NOISE);

/** What is left of standard normal partons after each stage of a diffusion that knows that they are. */
function passed() {
  const spec = testSetting().spec;
  const oracle = gaussianOracle({ mean: [0, 0], standardDeviation: [DEVIATION, DEVIATION] }, gamma);
  const denoiser = Object.assign(new StraightSchedule(), {
    predictNoise: (latent: tf.Tensor2D, { t }: { t: tf.Tensor1D }) => oracle.predictNoise(latent, t.dataSync()[0]!),
  });
  const parts = {
    conditionEncoder: new NoCondition(1, spec, new Rng(1)),
    codec: new NoisyIdentity(),
    schedule: new StraightSchedule(),
    denoiser,
  };
  const partons = new Rng(2).normalTensor(ROWS, WIDTH);
  const { observed } = testBatch(testSetting(), new Rng(3));
  const found = [
    ...latentDiffusionReconstructions(parts, { sampler: eulerStandIn(60) }, { partons, observed }, new Rng(4)),
  ];
  const truth = partons.dataSync<'float32'>();
  return found.map(({ partons: after, ...stage }) => {
    const errors = after.dataSync<'float32'>().map((value, i) => value - truth[i]!);
    return { ...stage, width: Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length) };
  });
}

const stages = passed();
const width = (stage: string): number => stages.find((each) => each.stage === stage)!.width;

test('a diffusion that knows its data loses at each stage what theory says', (t) => {
  const close = (width: number, expected: number): boolean =>
    Math.abs(width - expected) < (5 * Math.max(expected, 1e-6)) / Math.sqrt(2 * ROWS * WIDTH) + 1e-6;
  t.is(width('codec, mean latent'), 0);
  t.true(close(width('codec, drawn latent'), CODEC_NOISE));
  // z_0 / alpha_0 has the noise sigma_0 / alpha_0 = exp(gamma_0 / 2) beside the codec's.
  t.true(close(width('noise of t = 0'), Math.hypot(CODEC_NOISE, Math.exp(gamma(0) / 2))));
  // The deterministic reverse diffusion of normal data stretches z_t to the width that z_0 has.
  const deviationAt = (time: number): number => Math.hypot(alpha(gamma(time)) * DEVIATION, sigma(gamma(time)));
  for (const { time, width: found, stage } of stages.filter((each) => (each.time ?? 0) > 0)) {
    const [keep, add] = [alpha(gamma(time!)), sigma(gamma(time!))];
    const stretch = deviationAt(0) / deviationAt(time!) / alpha(gamma(0));
    const expected = Math.hypot(1 - stretch * keep, stretch * keep * CODEC_NOISE, stretch * add);
    t.true(Math.abs(found / expected - 1) < 0.05, `${stage}: ${found}, not ${expected}`);
  }
});

test('what has gone through later times is farther off, and each stage has a name of its own', (t) => {
  const timed = stages.filter(({ time }) => time !== undefined).map(({ width }) => width);
  t.is(timed.length, 11);
  t.deepEqual(
    timed,
    timed.toSorted((a, b) => a - b),
  );
  t.is(new Set(stages.map(({ stage }) => stage)).size, stages.length);
});

test('the noise that is predicted at t = 0 is taken off again', (t) => {
  // Of latents of variance v with noise of variance n the best guess keeps v / (v + n).
  const [v, n] = [DEVIATION ** 2, Math.exp(gamma(0))];
  const share = v / (v + n);
  const expected = Math.hypot(1 - share, share * CODEC_NOISE, share * Math.sqrt(n));
  t.true(Math.abs(width('noise of t = 0, predicted and taken off') / expected - 1) < 0.05);
});

import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { partonWidth } from '@unfold-zoo/core/events';
import { type GaussianCodec, GaussianPosterior } from '@unfold-zoo/parts';
import test from 'ava';
import { difference, networks, SMALL, withoutGradient } from './networks.js';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const BATCH = 6;
const WIDTH = 8;
const rng = new Rng(8);
const partons = rng.normalTensor(BATCH, partonWidth(SMALL));
const condition = rng.normalTensor(BATCH, WIDTH);
const other = rng.normalTensor(BATCH, WIDTH);

const codec = (options = {}): GaussianCodec => networks({ codec: options }).codec as GaussianCodec;

/** q and a prior, both random, [B, L]. */
function random(stream: Rng): { mean: tf.Tensor2D; logStd: tf.Tensor2D } {
  const [mean, logStd] = [stream.normalTensor(BATCH, WIDTH), stream.normalTensor(BATCH, WIDTH)];
  return { mean, logStd: tf.mul(0.5, logStd) };
}

test('the KL of a posterior to itself is zero', (t) => {
  const { mean, logStd } = random(rng.fork('q'));
  t.is(tf.max(tf.abs(new GaussianPosterior(mean, logStd).kl(mean, logStd))).dataSync()[0], 0);
});

test('the KL is not negative', (t) => {
  const q = random(rng.fork('q'));
  const p = random(rng.fork('p'));
  t.true(tf.min(new GaussianPosterior(q.mean, q.logStd).kl(p.mean, p.logStd)).dataSync()[0]! >= 0);
});

const DRAWS = 20_000;

/** The same posterior in each of many events. */
function repeated({ mean, logStd }: { mean: tf.Tensor2D; logStd: tf.Tensor2D }): GaussianPosterior {
  const rows = (values: tf.Tensor2D): tf.Tensor2D => tf.add(tf.slice(values, 0, 1), tf.zeros([DRAWS, WIDTH]));
  return new GaussianPosterior(rows(mean), rows(logStd));
}

// 8 pulls of the normal distribution: one is beyond 4 once in 2,000 runs, and the seed is fixed.
const LARGEST_PULL = 4;

test('the KL is the mean of log q - log p over draws', (t) => {
  const q = repeated(random(rng.fork('q')));
  const p = repeated(random(rng.fork('p')));
  const x = q.sample(rng.fork('draws'));
  const logDensity = ({ mean, logStd }: GaussianPosterior): tf.Tensor =>
    tf.sub(tf.mul(-0.5, tf.square(tf.div(tf.sub(x, mean), tf.exp(logStd)))), logStd);
  const { mean, variance } = tf.moments(tf.sub(logDensity(q), logDensity(p)), 0);
  const kl = tf.slice(q.kl(p.mean, p.logStd), 0, 1);
  const pulls = tf.div(tf.sub(mean, kl), tf.sqrt(tf.div(variance, DRAWS)));
  t.true(tf.max(tf.abs(pulls)).dataSync()[0]! < LARGEST_PULL);
});

test('draws have the mean and standard deviation of the posterior', (t) => {
  const { mean, logStd } = random(rng.fork('q'));
  const moments = tf.moments(repeated({ mean, logStd }).sample(rng.fork('draws')), 0);
  const [expected, deviation] = [tf.slice(mean, 0, 1), tf.exp(tf.slice(logStd, 0, 1))];
  const pulls = tf.div(tf.sub(moments.mean, expected), tf.div(deviation, Math.sqrt(DRAWS)));
  t.true(tf.max(tf.abs(pulls)).dataSync()[0]! < LARGEST_PULL);
  // The variance of a normal sample has relative standard deviation sqrt(2 / n).
  const excess = tf.sub(tf.div(moments.variance, tf.square(deviation)), 1);
  t.true(tf.max(tf.abs(excess)).dataSync()[0]! < LARGEST_PULL * Math.sqrt(2 / DRAWS));
});

test('the gradient of a rescaled mean is that of mean / sqrt(average of its squares)', (t) => {
  const [rescaled, plain] = [codec(), codec({ normaliseMean: false })];
  const weights = rng.fork('weights').normalTensor(BATCH, WIDTH);
  const slope = (mean: (x: tf.Tensor2D) => tf.Tensor) =>
    tf.grad((x) => tf.sum(tf.mul(weights, mean(x as tf.Tensor2D))))(partons);
  const actual = slope((x) => rescaled.encode(x, condition).mean);
  const expected = slope((x) => {
    const { mean } = plain.encode(x, condition);
    return tf.div(mean, tf.sqrt(tf.mean(tf.square(mean), 1, true)));
  });
  const largest = tf.max(tf.abs(expected)).dataSync()[0]!;
  t.true(largest > 0);
  t.true(tf.max(tf.abs(tf.sub(actual, expected))).dataSync()[0]! < 1e-5 * largest);
});

test('a rescaled mean has length sqrt(D)', (t) => {
  const { mean } = codec().encode(partons, condition);
  const lengths = tf.sqrt(tf.sum(tf.square(mean), 1)).dataSync();
  for (const length of lengths) t.true(Math.abs(length / Math.sqrt(WIDTH) - 1) < 1e-6);
});

test('the log standard deviation starts near its option, whatever the event', (t) => {
  for (const initialLogStd of [-7, -1]) {
    // Ten standard deviations out, where a network would otherwise start at ten times its usual output.
    const outlying = tf.mul<tf.Tensor2D>(partons, 10);
    const { logStd } = codec({ initialLogStd }).encode(outlying, condition);
    t.true(tf.max(tf.abs(tf.sub(logStd, initialLogStd))).dataSync()[0]! < 1);
  }
});

test('a mean that is not rescaled has the same direction', (t) => {
  const rescaled = codec().encode(partons, condition).mean;
  const raw = codec({ normaliseMean: false }).encode(partons, condition).mean;
  const ratio = tf.div(raw, rescaled);
  const spread = tf.div(tf.sub(tf.max(ratio, 1), tf.min(ratio, 1)), tf.max(ratio, 1));
  t.true(tf.max(spread).dataSync()[0]! < 1e-5);
});

for (const { seen, encoder, decoder } of [
  { seen: 'none', encoder: false, decoder: false },
  { seen: 'encoder', encoder: true, decoder: false },
  { seen: 'both', encoder: true, decoder: true },
]) {
  const verb = (sees: boolean) => (sees ? 'sees' : 'ignores');
  test(`with condition ${seen}, the encoder ${verb(encoder)} the detector and the decoder ${verb(decoder)} it`, (t) => {
    const { encode, decode } = bound(codec({ condition: seen }));
    t.is(difference(encode(condition), encode(other)) > 0, encoder);
    t.is(difference(decode(condition), decode(other)) > 0, decoder);
  });

  test(`with condition ${seen}, every parameter receives a gradient`, (t) => {
    const network = codec({ condition: seen });
    const weights = rng.fork('weights').normalTensor(BATCH, partonWidth(SMALL));
    const loss = (): tf.Tensor => {
      const posterior = network.encode(partons, condition);
      const decoded = network.decode(posterior.sample(rng.fork('noise')), condition);
      return tf.add(tf.sum(tf.mul(decoded, weights)), tf.sum(posterior.kl(tf.scalar(0), tf.scalar(0))));
    };
    t.deepEqual(withoutGradient(network, loss), []);
  });
}

function bound(network: GaussianCodec) {
  const latent = rng.fork('latent').normalTensor(BATCH, WIDTH);
  return {
    encode: (seen: tf.Tensor2D): tf.Tensor => {
      const { mean, logStd } = network.encode(partons, seen);
      return tf.concat([mean, logStd], 1);
    },
    decode: (seen: tf.Tensor2D): tf.Tensor => network.decode(latent, seen),
  };
}

test('the latent is as wide as the detector summary unless told otherwise', (t) => {
  t.is(codec().latentWidth, WIDTH);
  const wide = codec({ width: 12 });
  t.is(wide.latentWidth, 12);
  const latent = wide.encode(partons, condition).sample(rng.fork('noise'));
  t.deepEqual(latent.shape, [BATCH, 12]);
  t.deepEqual(wide.decode(latent, condition).shape, partons.shape);
});

test('the identity codec changes nothing and has zero KL', (t) => {
  const identity = networks({ codec: { kind: 'identity' } }).codec;
  const posterior = identity.encode(partons, condition);
  const latent = posterior.sample(rng.fork('noise'));
  t.is(identity.latentWidth, partonWidth(SMALL));
  t.is(difference(latent, partons), 0);
  t.is(difference(identity.decode(latent, condition), partons), 0);
  t.deepEqual(posterior.kl(tf.scalar(1), tf.scalar(2)).shape, partons.shape);
  t.is(tf.max(tf.abs(posterior.kl(tf.scalar(1), tf.scalar(2)))).dataSync()[0], 0);
});

test('what the identity codec returns can be disposed of without losing what it was given', (t) => {
  const identity = networks({ codec: { kind: 'identity' } }).codec;
  const given = tf.clone(partons);
  identity.encode(given, condition).sample(rng).dispose();
  identity.decode(given, condition).dispose();
  t.false(given.isDisposed);
  t.is(difference(given, partons), 0);
});

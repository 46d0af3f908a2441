import * as tf from '@tensorflow/tfjs-core';
import { type Denoiser, type Module, Rng } from '@unfold-zoo/core';
import { alpha, GAMMA_LIMITS, sigma } from '@unfold-zoo/core/diffusion';
import { ObjectPointer } from '@unfold-zoo/parts';
import test from 'ava';
import { BACKENDS, useBackend } from '../core/nn/backends.js';
import {
  difference,
  type NetworkOptions,
  networks,
  parameterCount,
  SEMILEPTONIC,
  weightsOf,
  withoutGradient,
} from './networks.js';

await useBackend('cpu');

const BATCH = 6;
const WIDTH = 8;
const rng = new Rng(12);
const latent = rng.normalTensor(BATCH, WIDTH);
const condition = rng.normalTensor(BATCH, WIDTH);
const t0 = tf.tensor1d([0, 0.1, 0.3, 0.5, 0.7, 1]);
const t1 = tf.sub(1, t0) as tf.Tensor1D;
const gamma0 = tf.sub(tf.mul(t0, 18), 13) as tf.Tensor1D;
const gamma1 = tf.sub(tf.mul(t1, 18), 13) as tf.Tensor1D;

const mask = tf.tensor2d(Array.from({ length: BATCH }, (_, i) => [1, i < 3 ? 1 : 0, i < 5 ? 1 : 0]));
const objects = {
  tokens: tf.mul<tf.Tensor3D>(rng.normalTensor(BATCH, 3 * WIDTH).reshape([BATCH, 3, WIDTH]), tf.expandDims(mask, 2)),
  mask,
};

/** A denoiser that is given the same objects always, if it looks at them. */
function withObjects(denoiser: Denoiser): Denoiser {
  const predict = denoiser.predictNoise.bind(denoiser);
  denoiser.predictNoise = (latent, level, condition) => {
    const ofEvents = <T extends tf.Tensor>(values: T): T => tf.slice(values, 0, latent.shape[0]);
    const seen = { tokens: ofEvents(objects.tokens), mask: ofEvents(objects.mask) };
    return predict(latent, level, condition, denoiser.seesObjects ? seen : undefined);
  };
  return denoiser;
}

for (const kind of ['gated-mlp', 'residual-mlp', 'transformer']) {
  const denoiser = (options = {}): Denoiser => withObjects(networks({ denoiser: { kind, ...options } }).denoiser);

  test(`${kind}: the noise is as wide as the latent, of either codec`, (t) => {
    t.deepEqual(denoiser().predictNoise(latent, { t: t0, gamma: gamma0 }, condition).shape, latent.shape);
    const partons = rng.normalTensor(BATCH, 10);
    const { denoiser: ofPartons } = networks({ codec: { kind: 'identity' }, denoiser: { kind } });
    const level = { t: t0, gamma: gamma0 };
    t.deepEqual(withObjects(ofPartons).predictNoise(partons, level, condition).shape, partons.shape);
  });

  for (const time of ['gamma', 't']) {
    test(`${kind}: with time ${time}, the noise level is seen through it alone`, (t) => {
      const network = denoiser({ time });
      const predicted = network.predictNoise(latent, { t: t0, gamma: gamma0 }, condition);
      const otherGamma = network.predictNoise(latent, { t: t0, gamma: gamma1 }, condition);
      const otherT = network.predictNoise(latent, { t: t1, gamma: gamma0 }, condition);
      t.is(difference(predicted, otherGamma) > 0, time === 'gamma');
      t.is(difference(predicted, otherT) > 0, time === 't');
    });
  }

  test(`${kind}: gamma at its limits is encoded as t is at 0 and 1`, (t) => {
    const ends = { t: tf.tensor1d([0, 1]), gamma: tf.tensor1d([...GAMMA_LIMITS]) };
    const [two, seen] = [latent, condition].map((rows) => tf.slice(rows, 0, 2) as tf.Tensor2D);
    const [byGamma, byT] = ['gamma', 't'].map((time) => denoiser({ time }).predictNoise(two!, ends, seen!));
    t.is(difference(byGamma!, byT!), 0);
  });

  test(`${kind}: a latent that is all noise is its own noise for a network that puts out the velocity`, (t) => {
    // There alpha is 3e-4, and the velocity of an untrained network of order 1.
    const gamma = tf.fill<tf.Rank.R1>([BATCH], GAMMA_LIMITS[1]);
    const predicted = denoiser({ predicts: 'velocity' }).predictNoise(latent, { t: t0, gamma }, condition);
    t.true(difference(predicted, latent) < 1e-2);
    t.true(difference(denoiser().predictNoise(latent, { t: t0, gamma }, condition), latent) > 0.1);
  });

  test(`${kind}: noise and velocity are two ways to say the same: noise = sigma z_t + alpha velocity`, (t) => {
    const level = { t: t0, gamma: gamma0 };
    const output = denoiser().predictNoise(latent, level, condition);
    const expected = tf.add(
      tf.mul(tf.expandDims(sigma(gamma0), 1), latent),
      tf.mul(tf.expandDims(alpha(gamma0), 1), output),
    );
    const ofVelocity = denoiser({ predicts: 'velocity' }).predictNoise(latent, level, condition);
    t.true(difference(ofVelocity, expected as tf.Tensor2D) < 1e-6);
  });

  test(`${kind}: latent and detector matter`, (t) => {
    const network = denoiser();
    const level = { t: t0, gamma: gamma0 };
    const predicted = network.predictNoise(latent, level, condition);
    t.true(difference(predicted, network.predictNoise(condition, level, condition)) > 0);
    t.true(difference(predicted, network.predictNoise(latent, level, latent)) > 0);
  });

  test(`${kind}: the noise of a latent that is normal given the detector is exact from its mean and deviation`, (t) => {
    // m = 0.3, s = 0.05 in every dimension, and nothing more from the network.
    const network = denoiser({ predicts: 'deviation' });
    setTo(network, 'prediction.expectation.output', [
      ...Array<number>(WIDTH).fill(0.3),
      ...Array<number>(WIDTH).fill(Math.log(1 / 0.05 - 1) + 2),
    ]);
    setTo(network, kind === 'gated-mlp' ? 'stack.output' : 'output', Array<number>(WIDTH).fill(0));
    const predicted = network.predictNoise(latent, { t: t0, gamma: gamma0 }, condition);
    const [keep, add] = [alpha(gamma0), sigma(gamma0)].map((each) => tf.expandDims(each, 1));
    // Regression of the noise on z = alpha x + sigma noise: covariance sigma, variance sigma^2 + alpha^2 s^2.
    const variance = tf.add(tf.square(add!), tf.square(tf.mul(0.05, keep!)));
    const expected = tf.div(tf.mul(add!, tf.sub(latent, tf.mul(0.3, keep!))), variance);
    t.true(difference(tf.div(predicted, expected), tf.onesLike(predicted)) < 1e-4);
  });

  for (const backend of BACKENDS) {
    test.serial(
      `${kind}: every parameter receives a gradient, and nothing else stays behind (${backend})`,
      async (t) => {
        await useBackend(backend);
        const network = denoiser({ predicts: 'deviation' });
        const before = tf.memory().numTensors;
        const loss = () => tf.square(network.predictNoise(latent, { t: t0, gamma: gamma0 }, condition));
        t.deepEqual(withoutGradient(network, loss), []);
        t.is(tf.memory().numTensors, before);
        await useBackend('cpu');
      },
    );
  }
}

/** A linear layer, by its path, that puts out the same for every input. */
function setTo(network: Module, path: string, bias: readonly number[]): void {
  const parameters = new Map(network.namedParameters());
  const kernel = parameters.get(`${path}.kernel`)!;
  kernel.assign(tf.zerosLike(kernel));
  parameters.get(`${path}.bias`)!.assign(tf.tensor1d([...bias]));
}

const PLAIN = { kind: 'transformer' };
const POINTING = { kind: 'transformer', predicts: 'deviation', pointers: 3 };

for (const [name, options] of [
  ['the denoiser "transformer"', PLAIN],
  ['the denoiser "transformer" with pointers', POINTING],
] as const) {
  test(`${name} looks at objects, but not at what stands in padding, nor at their order`, (t) => {
    const { denoiser } = networks({ denoiser: options });
    const predict = (seen: typeof objects) => denoiser.predictNoise(latent, { t: t0, gamma: gamma0 }, condition, seen);
    const predicted = predict(objects);
    t.true(difference(predicted, predict({ ...objects, tokens: tf.reverse(objects.tokens, 2) })) > 1e-3);
    const free = tf.expandDims(tf.sub(1, mask), 2);
    t.true(difference(predicted, predict({ ...objects, tokens: tf.add(objects.tokens, free) })) < 1e-5);
    const reversed = { tokens: tf.reverse(objects.tokens, 1), mask: tf.reverse(mask, 1) };
    t.true(difference(predicted, predict(reversed)) < 1e-5);
    // What is done once for many draws of an event is the same.
    const once = denoiser.forEvents!({ summary: condition, objects });
    t.true(difference(predicted, once(latent, { t: t0, gamma: gamma0 })) < 1e-5);
  });
}

test('a second look is exact for a latent that is normal about what it reads, with the deviation that it says', (t) => {
  const network = withObjects(networks({ denoiser: POINTING }).denoiser);
  const all = (value: number): number[] => Array<number>(WIDTH).fill(value);
  // m = 0.3 + 0.2, s = 0.05 in every dimension.
  const narrowing = Math.log(1 / 0.05 - 1) + 2;
  setTo(network, 'prediction.expectation.output', [...all(0.3), ...all(narrowing - 1)]);
  setTo(network, 'secondLook.expectation', [...all(0.2), ...all(1)]);
  setTo(network, 'output', all(0));
  const predicted = network.predictNoise(latent, { t: t0, gamma: gamma0 }, condition);
  const [keep, add] = [alpha(gamma0), sigma(gamma0)].map((each) => tf.expandDims(each, 1));
  const variance = tf.add(tf.square(add!), tf.square(tf.mul(0.05, keep!)));
  const expected = tf.div(tf.mul(add!, tf.sub(latent, tf.mul(0.5, keep!))), variance);
  t.true(difference(tf.div(predicted, expected), tf.onesLike(predicted)) < 1e-4);
});

test('a pointer that has found an object reads it to the last bit', (t) => {
  const pointer = new ObjectPointer({ query: WIDTH, objects: WIDTH, heads: 1 }, new Rng(3));
  // Keys far from each other: the softmax leaves the others nothing.
  pointer.keys.kernel.assign(tf.mul<tf.Tensor2D>(1e3, pointer.keys.kernel));
  const read = pointer.apply(latent, pointer.prepare(objects)).arraySync();
  const tokens = objects.tokens.arraySync();
  for (const [event, row] of read.entries()) t.true(tokens[event]!.some((token) => `${token}` === `${row}`));
});

test('every parameter of a second look receives a gradient', (t) => {
  const network = withObjects(networks({ denoiser: POINTING }).denoiser);
  const loss = () => tf.square(network.predictNoise(latent, { t: t0, gamma: gamma0 }, condition));
  t.deepEqual(withoutGradient(network, loss), []);
});

test('pointers without an expectation that they could refine are refused', (t) => {
  t.throws(() => networks({ denoiser: { kind: 'transformer', pointers: 3 } }), {
    message: /they refine what predicts: deviation expects, and it is \\"noise\\"; take that, or pointers: 0/,
  });
});

test('the denoiser "transformer" refuses an encoder that keeps no objects', (t) => {
  t.throws(() => networks({ conditionEncoder: { kind: 'deep-sets' }, denoiser: { kind: 'transformer' } }), {
    message: /^denoiser: .* attends to objects, .* take conditionEncoder.kind gated-transformer$/,
  });
});

test('swapping or resizing one network leaves the first weights of the others alone', (t) => {
  const first = networks();
  const changed = networks({ codec: { kind: 'identity' } });
  t.deepEqual(weightsOf(changed.encoder), weightsOf(first.encoder));
  const deeper = networks({ conditionEncoder: { layers: 3 } });
  t.deepEqual(weightsOf(deeper.codec), weightsOf(first.codec));
  t.deepEqual(weightsOf(deeper.denoiser), weightsOf(first.denoiser));
  t.like(weightsOf(deeper.encoder), weightsOf(first.encoder));
});

test('a seed fixes the first weights, and another one changes them', (t) => {
  t.deepEqual(weightsOf(networks({}, { seed: 3 }).denoiser), weightsOf(networks({}, { seed: 3 }).denoiser));
  t.notDeepEqual(weightsOf(networks({}, { seed: 3 }).denoiser), weightsOf(networks({}, { seed: 4 }).denoiser));
});

/** Parameters of a block of width D and expansion 2, counted by hand from Figure 5. */
function feedForwardSize(width: number): number {
  const linear = (inputs: number, outputs: number): number => inputs * outputs + outputs;
  const gate = 2 * linear(width, 3 * width);
  return width ** 2 + 2 * width + linear(width, 2 * width) + linear(2 * width, width) + gate;
}

test('another denoiser or condition encoder leaves the first weights of the rest alone', (t) => {
  const first = networks();
  const changed = networks({ denoiser: { kind: 'residual-mlp' } });
  t.deepEqual(weightsOf(changed.encoder), weightsOf(first.encoder));
  t.deepEqual(weightsOf(changed.codec), weightsOf(first.codec));
  const sets = networks({ conditionEncoder: { kind: 'deep-sets' } });
  t.deepEqual(weightsOf(sets.codec), weightsOf(first.codec));
  t.deepEqual(weightsOf(sets.denoiser), weightsOf(first.denoiser));
});

test('the networks of the paper have 4.5 million parameters, as counted by hand', (t) => {
  const published: NetworkOptions = {
    conditionEncoder: { width: 96, heads: 4, layers: 8 },
    codec: { encoderBlocks: 6, decoderBlocks: 6 },
    denoiser: { blocks: 10 },
  };
  const { encoder, codec, denoiser } = networks(published, { events: SEMILEPTONIC });
  const d = 96;
  const linear = (inputs: number, outputs: number): number => inputs * outputs + outputs;
  // Normalisation, queries with keys and values, output, gate.
  const attention = 2 * d + linear(d, 3 * d) + linear(d, d) + 2 * linear(d, 3 * d);
  // Objects, missing momentum, event token.
  const embeddings = linear(12, d) + linear(4, d) + d;
  t.is(parameterCount(encoder), embeddings + 8 * (attention + feedForwardSize(d)) + linear(d, d));
  const parton = 2 * (linear(55, d) + 6 * feedForwardSize(d) + linear(d, d));
  t.is(parameterCount(codec), parton + linear(d, d) + 6 * feedForwardSize(d) + linear(d, 55));
  t.is(parameterCount(denoiser), linear(d + 32 + d, d) + 10 * feedForwardSize(d) + linear(d, d));
  t.is(Math.round((parameterCount(encoder) + parameterCount(codec) + parameterCount(denoiser)) / 1e5), 45);
});

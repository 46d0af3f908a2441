import * as tf from '@tensorflow/tfjs-core';
import { type Observation, Rng } from '@unfold-zoo/core';
import test from 'ava';
import { BACKENDS, useBackend } from '../core/nn/backends.js';
import { difference, networks, observation, withoutGradient } from './networks.js';

await useBackend('cpu');

// A sum of some hundred terms of order 1 in another order, through two layers.
const ROUNDING = 1e-5;

const observed = observation([5, 3, 1, 0], new Rng(2));

function withJets(change: (features: tf.Tensor3D, mask: tf.Tensor2D) => [tf.Tensor, tf.Tensor]): Observation {
  const { features, mask } = observed['jets']!;
  const [newFeatures, newMask] = change(features, mask);
  return { ...observed, jets: { features: newFeatures as tf.Tensor3D, mask: newMask as tf.Tensor2D } };
}

for (const kind of ['gated-transformer', 'deep-sets']) {
  const { encoder } = networks({ conditionEncoder: { kind } });

  test(`${kind}: the summary has the width of the encoder, one row an event`, (t) => {
    t.deepEqual(encoder.encode(observed).shape, [4, encoder.width]);
  });

  test(`${kind}: the order of the objects does not matter`, (t) => {
    const order = tf.tensor1d([3, 0, 4, 1, 2], 'int32');
    const permuted = withJets((features, mask) => [tf.gather(features, order, 1), tf.gather(mask, order, 1)]);
    t.true(difference(encoder.encode(permuted), encoder.encode(observed)) < ROUNDING);
  });

  test(`${kind}: more padding does not matter`, (t) => {
    const padded = withJets((features, mask) => [
      tf.pad(features, [
        [0, 0],
        [0, 3],
        [0, 0],
      ]),
      tf.pad(mask, [
        [0, 0],
        [0, 3],
      ]),
    ]);
    t.true(difference(encoder.encode(padded), encoder.encode(observed)) < ROUNDING);
  });

  test(`${kind}: what stands in the place of padding does not matter`, (t) => {
    const noise = tf.reshape(new Rng(3).normalTensor(20, 4), [4, 5, 4]);
    const filled = withJets((features, mask) => [
      tf.add(features, tf.mul(noise, tf.expandDims(tf.sub(1, mask), 2))),
      mask,
    ]);
    t.true(difference(encoder.encode(filled), encoder.encode(observed)) < ROUNDING);
  });

  test(`${kind}: an event does not depend on the others of its batch`, (t) => {
    const first = Object.fromEntries(
      Object.entries(observed).map(([name, { features, mask }]) => [
        name,
        { features: tf.slice(features, 0, 1), mask: tf.slice(mask, 0, 1) },
      ]),
    );
    t.true(difference(encoder.encode(first), tf.slice(encoder.encode(observed), 0, 1)) < ROUNDING);
  });

  test(`${kind}: every object that is there matters`, (t) => {
    const gradient = tf.grad((features: tf.Tensor) => tf.sum(encoder.encode(withJets((_, mask) => [features, mask]))))(
      observed['jets']!.features,
    );
    const influence = tf.max(tf.abs(gradient), 2).arraySync() as number[][];
    const mask = observed['jets']!.mask.arraySync();
    for (const [i, row] of influence.entries()) {
      for (const [j, value] of row.entries()) t.is(value > 0, mask[i]![j] === 1);
    }
  });

  test(`${kind}: an event with no object at all has a finite summary`, (t) => {
    const empty = Object.fromEntries(
      Object.entries(observed).map(([name, { features, mask }]) => [name, { features, mask: tf.zerosLike(mask) }]),
    );
    t.true(encoder.encode(empty).dataSync().every(Number.isFinite));
  });

  for (const backend of BACKENDS) {
    test.serial(
      `${kind}: every parameter receives a gradient, and nothing else stays behind (${backend})`,
      async (t) => {
        await useBackend(backend);
        const weights = new Rng(4).normalTensor(4, encoder.width);
        const before = tf.memory().numTensors;
        t.deepEqual(
          withoutGradient(encoder, () => tf.mul(encoder.encode(observed), weights)),
          [],
        );
        t.is(tf.memory().numTensors, before);
        await useBackend('cpu');
      },
    );
  }

  test(`${kind}: encoding leaves nothing behind but the summary`, (t) => {
    const before = tf.memory().numTensors;
    const summary = encoder.encode(observed);
    t.is(tf.memory().numTensors, before + 1);
    summary.dispose();
  });

  test(`${kind}: missing inputs and wrong numbers of features are refused`, (t) => {
    const { met } = observed;
    t.throws(() => encoder.encode({ met: met! }), { message: 'missing input: the encoder needs "jets", got met' });
    const narrow = withJets((features, mask) => [tf.slice(features, [0, 0, 0], [4, 5, 3]), mask]);
    t.throws(() => encoder.encode(narrow), { message: 'invalid jets: expected 4 features, got 3' });
  });
}

test('parameters are named by the tree, inputs by their names in the event description', (t) => {
  const { encoder } = networks();
  const names = [...encoder.namedParameters()].map(([name]) => name);
  for (const name of [
    'embeddings.jets.kernel',
    'embeddings.met.bias',
    'layers.1.attention.gate.skipKernel',
    'eventToken',
  ]) {
    t.true(names.includes(name), name);
  }
});

test('heads must divide the width', (t) => {
  t.throws(() => networks({ conditionEncoder: { width: 8, heads: 3 } }), {
    message: /"heads".*"expected a divisor of the width 8, got 3"/s,
  });
});

test('deep sets see how many objects there are, not only what they are like on average', (t) => {
  const { encoder } = networks({ conditionEncoder: { kind: 'deep-sets' } });
  const twice = withJets((features, mask) => [tf.concat([features, features], 1), tf.concat([mask, mask], 1)]);
  t.true(difference(encoder.encode(twice), encoder.encode(observed)) > 100 * ROUNDING);
});

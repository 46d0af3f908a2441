import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs-core';
import { Rng, varianceGate, weighted } from '@unfold-zoo/core';
import test from 'ava';

test.before(async () => {
  await tf.setBackend('cpu');
  await tf.ready();
});

const batch = 16;
const rng = new Rng(3);
const t = rng.uniformTensor(batch);
const targets = rng.normalTensor(batch, 1);
const weights = tf.add(0.5, rng.uniformTensor(batch)) as tf.Tensor1D;

/** A made-up loss per event that two shape parameters enter in two places, and another parameter everywhere. */
function losses(
  [bend, tilt, other]: readonly tf.Tensor[],
  gate: (values: tf.Tensor1D) => tf.Tensor1D = (values) => values,
): tf.Tensor1D {
  const level = tf.mul(other!, gate(tf.add(tf.mul(bend!, tf.square(t)), tf.mul(tilt!, t))));
  const slope = gate(tf.add(tf.mul(2, tf.mul(bend!, t)), tf.exp(tilt!)));
  return tf.mul(slope, tf.square(tf.sub(tf.sin(level), tf.squeeze(targets, [1]))));
}

const parameters = [tf.scalar(0.7), tf.scalar(-0.3), tf.scalar(1.2)];

function gradientsOf(loss: (parameters: readonly tf.Tensor[]) => tf.Tensor): number[] {
  return tf
    .grads((...all: tf.Tensor[]) => loss(all))(parameters)
    .map((gradient) => gradient.dataSync()[0]!);
}

const variance = (values: tf.Tensor1D): tf.Tensor => tf.mean(tf.square(tf.sub(values, tf.mean(values))));
const close = (a: number, b: number): boolean => Math.abs(a - b) < 1e-5 * Math.max(1, Math.abs(b));

test('one backward pass gives the shape the gradient of the variance and the rest that of the mean', (assert) => {
  const gated = gradientsOf((all) => {
    const { gate, probe } = varianceGate();
    return tf.mean(probe(losses(all, gate)));
  });
  const ofVariance = gradientsOf((all) => variance(losses(all)));
  const ofMean = gradientsOf((all) => tf.mean(losses(all)));
  assert.true(close(gated[0]!, ofVariance[0]!));
  assert.true(close(gated[1]!, ofVariance[1]!));
  assert.true(close(gated[2]!, ofMean[2]!));
  assert.false(close(ofMean[0]!, ofVariance[0]!));
});

test('with weighted events the shape gets the gradient of the variance of what is averaged', (assert) => {
  const gated = gradientsOf((all) => {
    const { gate, probe } = varianceGate();
    return tf.mean(probe(weighted(losses(all, gate), weights)));
  });
  const ofVariance = gradientsOf((all) => variance(weighted(losses(all), weights)));
  assert.true(close(gated[0]!, ofVariance[0]!));
  assert.true(close(gated[1]!, ofVariance[1]!));
});

test('other terms of the loss do not change what the gate passes', (assert) => {
  const gated = gradientsOf((all) => {
    const { gate, probe } = varianceGate();
    return tf.add(tf.square(all[2]!), tf.mean(probe(losses(all, gate))));
  });
  const ofVariance = gradientsOf((all) => variance(losses(all)));
  assert.true(close(gated[0]!, ofVariance[0]!));
});

test('gate and probe are identities forward, with and without a tape, and leave nothing behind', (assert) => {
  const expected = [...losses(parameters).dataSync()];
  const { gate, probe } = varianceGate();
  const before = tf.memory().numTensors;
  tf.tidy(() => assert.deepEqual([...probe(losses(parameters, gate)).dataSync()], expected));
  for (let i = 0; i < 3; i++) {
    tf.dispose(
      tf.grads((...all: tf.Tensor[]) => {
        const pair = varianceGate();
        return tf.mean(pair.probe(losses(all, pair.gate)));
      })(parameters),
    );
  }
  assert.is(tf.memory().numTensors, before);
});

test('a gate without its probe is a programming error, not a silent one', (assert) => {
  assert.throws(() => gradientsOf((all) => tf.mean(losses(all, varianceGate().gate))), { message: /probe/ });
});

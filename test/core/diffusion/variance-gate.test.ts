import '../../tfjs.js';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { recordingGate, varianceGate } from '@unfold-zoo/core/diffusion';
import { weighted } from '@unfold-zoo/core/losses';
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
  first = 0,
  count = batch,
): tf.Tensor1D {
  const times = tf.slice(t, first, count);
  const target = tf.slice(tf.squeeze<tf.Tensor1D>(targets, [1]), first, count);
  const level = tf.mul(other!, gate(tf.add(tf.mul(bend!, tf.square(times)), tf.mul(tilt!, times))));
  const slope = gate(tf.add(tf.mul(2, tf.mul(bend!, times)), tf.exp(tilt!)));
  return tf.mul(slope, tf.square(tf.sub(tf.sin(level), target)));
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

test('shares of a batch, completed when the mean of all is known, average to the gradient of the whole', (assert) => {
  const count = batch / 4;
  const shares = Array.from({ length: 4 }, (_, i) => {
    const { gate, probe, lacking } = recordingGate();
    const own = gradientsOf((all) => tf.mean(probe(losses(all, gate, i * count, count))));
    // tf.grads wants every parameter to matter.
    const missing = gradientsOf((all) =>
      tf.add(
        lacking((again) => void losses(all, again, i * count, count)),
        tf.mul(0, all[2]!),
      ),
    );
    return { own, missing, mean: tf.mean(losses(parameters, undefined, i * count, count)).dataSync()[0]! };
  });
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / 4, 0);
  const mean = average(shares.map((share) => share.mean));
  const whole = gradientsOf((all) => variance(losses(all)));
  for (const i of [0, 1]) {
    const completed = average(shares.map((share) => share.own[i]! + (share.mean - mean) * share.missing[i]!));
    assert.true(close(completed, whole[i]!), `${completed} is not ${whole[i]}`);
    assert.false(close(average(shares.map(({ own }) => own[i]!)), whole[i]!));
  }
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

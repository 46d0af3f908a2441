// A worker thread that computes with the native engine for a while and sends what it found.
import '../tfjs.js';
import { parentPort } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@unfold-zoo/core';
import { GatedFeedForward } from '@unfold-zoo/core/nn';
import { nativeEngine } from '@unfold-zoo/engine-native';

await nativeEngine({ threads: 2 }).start();
const rng = new Rng(1);
const block = new GatedFeedForward({ width: 24, expansion: 2, gateBias: 0 }, rng);
const x = rng.normalTensor(500, 24);
let output = new Float32Array();
for (let i = 0; i < 50; i++) {
  tf.tidy(() => {
    const { grads } = tf.variableGrads(
      () => tf.sum(tf.square(block.apply(x))) as tf.Scalar,
      block.parameters as tf.Variable[],
    );
    const flat = block.parameters.map(({ name }) => tf.reshape(grads[name]!, [-1]));
    output = tf.concat(flat).dataSync() as typeof output;
  });
}
parentPort!.postMessage(output);

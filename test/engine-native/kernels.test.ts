import * as tf from '@tensorflow/tfjs-core';
import test from 'ava';
import { kernelTests } from '../engines/kernel-tests.js';
import { nativeTest, startNative } from './native-test.js';

test.before(() => startNative());

kernelTests('native', nativeTest);

nativeTest('the least of a row with a NaN is where tfjs finds it', async (t) => {
  const rows = [
    [Number.NaN, 1, 2],
    [1, Number.NaN, 0],
  ];
  const places = async (backend: string) => {
    await tf.setBackend(backend);
    return [...tf.tidy(() => tf.argMin(tf.tensor2d(rows), 1).dataSync())];
  };
  t.deepEqual(await places('native'), await places('cpu'));
});

nativeTest('a segment that is out of range receives nothing, as in tfjs', async (t) => {
  await tf.setBackend('native');
  const sums = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4]), tf.tensor1d([0, 7, 1], 'int32'), 3);
  t.deepEqual([...sums.dataSync()], [1, 4, 0]);
  sums.dispose();
});

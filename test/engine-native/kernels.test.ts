import * as tf from '@tensorflow/tfjs-core';
import test from 'ava';
import { kernelTests } from '../engines/kernel-tests.js';
import { nativeTest, startNative } from './native-test.js';

test.before(() => startNative());

kernelTests('native', nativeTest);

nativeTest('a segment that is out of range receives nothing, as in tfjs', async (t) => {
  await tf.setBackend('native');
  const sums = tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4]), tf.tensor1d([0, 7, 1], 'int32'), 3);
  t.deepEqual([...sums.dataSync()], [1, 4, 0]);
  sums.dispose();
});

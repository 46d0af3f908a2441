import * as tf from '@tensorflow/tfjs-core';
import { type Module, Rng } from '@unfold-zoo/core';
import { GatedAttention, GatedFeedForward, inSeries, Linear } from '@unfold-zoo/core/nn';
import { nativeTest, startNative } from './native-test.js';

await startNative();

const rng = new Rng(21);
const WIDTH = 20;
const options = { width: WIDTH, heads: 2, expansion: 2, gateBias: 0.3 };

const attention = new GatedAttention(options, rng.fork('attention'));
const feedForward = new GatedFeedForward(options, rng.fork('feedForward'));
const output = new Linear({ inputs: WIDTH, outputs: 7 }, rng.fork('output'));
const modules: readonly Module[] = [attention, feedForward, output];
const parameters = modules.flatMap((each) => each.parameters);

const mask = tf.tensor2d([1, 1, 0, 1, 0, 0, 1, 1, 1], [3, 3]);
const x = tf.variable(tf.reshape<tf.Rank.R3>(rng.fork('x').normalTensor(9, WIDTH), [3, 3, WIDTH]));

const apply = (input: tf.Tensor3D): tf.Tensor3D => output.apply(feedForward.apply(attention.apply(input, mask), mask));

type Forward = (input: tf.Tensor3D) => tf.Tensor;

/** The values of the output, then of every gradient. */
function outputAndGradients(forward: Forward): Float32Array[] {
  return tf.tidy(() => {
    let out: tf.Tensor | undefined;
    const loss = (): tf.Scalar => {
      out = tf.keep(forward(x as tf.Tensor3D));
      return tf.sum(tf.square(out));
    };
    const { grads } = tf.variableGrads(loss, [x, ...parameters] as tf.Variable[]);
    const tensors = [out!, ...[x, ...parameters].map(({ name }) => grads[name]!)];
    const values = tensors.map((tensor) => tensor.dataSync<'float32'>().slice());
    out!.dispose();
    return values;
  });
}

nativeTest('blocks in series have the output and gradients of blocks one by one, bit for bit', (t) => {
  const before = tf.memory().numTensors;
  const one = outputAndGradients(apply);
  const series = outputAndGradients((input) => inSeries(input, parameters, apply));
  t.deepEqual(series, one);
  t.is(tf.memory().numTensors, before);
});

nativeTest('without a gradient a series is what it applies', (t) => {
  const [plain, series] = tf.tidy(() => [
    apply(x as tf.Tensor3D).dataSync(),
    inSeries(x as tf.Tensor3D, parameters, apply).dataSync(),
  ]);
  t.deepEqual(series, plain);
});

nativeTest('a series with something else between its blocks is refused', (t) => {
  const between: Forward = (input) =>
    inSeries(input, parameters, () => output.apply(tf.neg(feedForward.apply(attention.apply(input, mask), mask))));
  const after: Forward = (input) => inSeries(input, parameters, () => tf.neg(apply(input)));
  for (const forward of [between, after]) t.throws(() => outputAndGradients(forward), { message: /invalid series/ });
});

nativeTest('a series that does not use one of its parameters is refused', (t) => {
  const stranger = tf.variable(tf.ones([2]));
  const forward: Forward = (input) => inSeries(input, [...parameters, stranger], apply);
  t.throws(() => outputAndGradients(forward), { message: /invalid series: one of its parameters is used by none/ });
});

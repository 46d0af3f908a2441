import * as tf from '@tensorflow/tfjs-core';
import { cpuEngine } from '@unfold-zoo/engines';
import { relativeError } from './relative-error.js';
import { engine, gpuTest } from './webgpu-adapter.js';

const TOLERANCE = 1e-5;
/** Of sines between -pi and pi, which WGSL asks no more of (https://www.w3.org/TR/WGSL, accuracy of builtins). */
const TOLERANCE_OF_SINES = 2 ** -11;

type Calculation = (x: tf.Tensor2D, y: tf.Tensor2D) => tf.Tensor[];

/** Arithmetic that the GPU puts off, by what could go wrong with it; x and y are [5 4], all above zero. */
const CALCULATIONS: Readonly<Record<string, Calculation>> = {
  'every operation': (x, y) => [
    tf.add(x, y),
    tf.sub(x, y),
    tf.mul(x, y),
    tf.div(x, y),
    tf.squaredDifference(x, y),
    tf.neg(x),
    tf.square(x),
    tf.reciprocal(x),
    tf.abs(tf.neg(x)),
    tf.exp(x),
    tf.expm1(x),
    tf.sqrt(x),
    tf.rsqrt(x),
    tf.sigmoid(x),
    tf.tanh(tf.sub(x, 1)),
  ],
  sines: (x) => [tf.sin(x), tf.cos(x)],
  'integers and booleans that are cast': (x, y) => [
    tf.mul(tf.square(x), tf.cast(tf.greater(x, y), 'float32')),
    tf.add(tf.cast(tf.cast(tf.mul(x, 3), 'int32'), 'float32'), tf.exp(y)),
    tf.sum(tf.mul(tf.cast(tf.less(x, 1), 'float32'), tf.neg(y)), 1),
    tf.mul(tf.exp(x), tf.cast(tf.tensor2d([[1, 0, 2, 3]], [1, 4], 'int32'), 'float32')),
  ],
  'numbers of the host, whole ones too': (x) => [
    tf.add(tf.mul(x, 2), 0.5),
    tf.div(tf.square(x), tf.scalar(7, 'int32')),
    tf.mul(tf.sub(1, x), tf.tensor2d([[3]])),
  ],
  'rows, columns and single numbers that are broadcast': (x, y) => {
    const row = tf.add(tf.slice(x, [2, 0], [1, 4]), 1);
    const column = tf.exp(tf.slice(y, [0, 1], [5, 1]));
    const one = tf.square(tf.slice(x, [1, 1], [1, 1]));
    return [tf.mul(row, column), tf.add(tf.mul(x, row), one), tf.sub(column, one), tf.div(one, row)];
  },
  'data read in two shapes': (x) => {
    const four = tf.reshape(tf.slice(x, [1, 0], [1, 4]), [4]);
    const lazy = tf.add(four, 1);
    return [
      tf.mul(tf.reshape(four, [4, 1]), tf.reshape(four, [1, 4])),
      tf.mul(tf.reshape(lazy, [4, 1]), tf.reshape(lazy, [1, 4])),
      tf.add(tf.reshape(tf.square(x), [2, 10]), 1),
      tf.sum(tf.reshape(tf.square(x), [4, 5]), 1),
    ];
  },
  'sums and means over the last axes, and over others': (x, y) => {
    const z = tf.reshape(tf.mul(x, y), [5, 2, 2]);
    const lazy = tf.mul(tf.reshape(x, [5, 2, 2]), 2);
    const batch = tf.square(tf.slice(x, [0, 2], [5, 1]));
    return [
      tf.sum(tf.mul(x, y)),
      tf.mean(tf.mul(x, y), 1),
      tf.mean(tf.mul(x, y), 0),
      tf.sum(tf.mul(x, y), -1, true),
      tf.sum(lazy, [1, 2]),
      tf.mean(lazy, [0, 2]),
      tf.sum(z, [2, 1], true),
      tf.mean(batch),
    ];
  },
  'more data than a program binds': (x) => [
    Array.from({ length: 25 }, (_, i) =>
      tf.pad(
        tf.slice(x, [i % 5, 0], [1, 4]),
        [
          [0, 0],
          [0, 0],
        ],
        i,
      ),
    ).reduce<tf.Tensor>((sum, each) => tf.add(tf.mul(sum, 0.9), each), tf.zeros([1, 4])),
  ],
  'more operations and numbers than a program has': (x) => [
    Array.from({ length: 200 }).reduce<tf.Tensor>((z, _, i) => tf.sub(tf.mul(z, 1 - i / 1000), i / 500), x),
  ],
  'results that are read by others, and again later': (x, y) => {
    const z = tf.exp(tf.neg(tf.mul(x, y)));
    const product = tf.matMul(z, tf.transpose(y));
    return [product, tf.add(z, 1), tf.sum(tf.mul(tf.concat([z, y], 1), 2), 1), tf.cast(tf.mul(z, 100), 'int32')];
  },
  gradients: (x, y) => {
    const f = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor<tf.Rank.R0> =>
      tf.mean(tf.mul(tf.tanh(tf.mul(a, b)), tf.sqrt(tf.add(tf.square(a), tf.sum(b, 1, true)))));
    return tf.grads((a, b) => f(a as tf.Tensor2D, b as tf.Tensor2D))([x, y]);
  },
};

const numbers = (shift: number): number[] => Array.from({ length: 20 }, (_, i) => 0.2 + ((i * 7 + shift) % 20) / 9);

function calculate(calculation: Calculation): Float32Array[] {
  return tf.tidy(() =>
    calculation(tf.tensor2d(numbers(0), [5, 4]), tf.tensor2d(numbers(3), [5, 4])).map((each) =>
      Float32Array.from(each.dataSync()),
    ),
  );
}

for (const [title, calculation] of Object.entries(CALCULATIONS)) {
  gpuTest(`arithmetic that is put off: ${title}`, async (t) => {
    await cpuEngine().start();
    const expected = calculate(calculation);
    await engine().start();
    // Operands are on the GPU only when something there has read them: once as they come, and once after that.
    const onGpu: Calculation = (x, y) => calculation(tf.relu(x) as tf.Tensor2D, tf.relu(y) as tf.Tensor2D);
    for (const found of [calculate(calculation), calculate(onGpu)])
      for (const [i, values] of found.entries()) {
        t.is(values.length, expected[i]!.length);
        const error = relativeError(values, expected[i]!);
        t.true(error < (title === 'sines' ? TOLERANCE_OF_SINES : TOLERANCE), `result ${i} differs by ${error}`);
      }
  });
}

gpuTest('NaN and infinities come through arithmetic that is put off', async (t) => {
  await engine().start();
  const x = tf.relu(tf.tensor1d([1, 0, 3]));
  const z = tf.div(tf.sub(x, 1), x); // 0, -infinity, 2/3
  t.deepEqual([...z.dataSync()], [0, Number.NEGATIVE_INFINITY, Math.fround(2 / 3)]);
  t.deepEqual([...tf.mul(tf.sub(z, z), 2).dataSync()], [0, Number.NaN, 0]);
  t.is(tf.sum(tf.sub(z, z)).dataSync()[0], Number.NaN);
});

gpuTest('data are held for what is put off, and let go with it', async (t) => {
  await engine().start();
  const kept = tf.relu(tf.ones([3, 4]));
  const before = tf.memory();
  for (let i = 0; i < 3; i++) {
    // The first two operands are gone when the third reads what was made of them.
    const [first, second] = tf.tidy(() => {
      const z = tf.add(tf.relu(kept), 1);
      return [tf.mul(z, 3), tf.mul(z, 5)];
    });
    t.deepEqual([...tf.tidy(() => tf.add(first!, 1).dataSync())], new Array<number>(12).fill(7));
    first!.dispose();
    second!.dispose(); // never read
  }
  await tf.add(kept, 1).data();
  t.is(tf.memory().numTensors, before.numTensors + 1);
  const bytes = (): number => (tf.memory() as unknown as { numBytesInGPU: number }).numBytesInGPU;
  const start = bytes();
  for (let i = 0; i < 20; i++) tf.tidy(() => tf.exp(tf.neg(tf.add(tf.relu(kept), i))).dataSync());
  t.true(bytes() <= start + 4096, `${bytes() - start} bytes more`);
});

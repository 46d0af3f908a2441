import * as tf from '@tensorflow/tfjs-core';
import { Engine, Rng } from '@unfold-zoo/core';
import { Catalogue } from '@unfold-zoo/core/config';
import plugin, { cpuEngine, wasmEngine, webgpuEngine } from '@unfold-zoo/engines';
import test from 'ava';

// Engines are global to a process, so tests that start one run in turn.
const { serial } = test;

const installed: readonly [kind: string, create: () => Engine][] = [
  ['cpu', cpuEngine],
  ['wasm', wasmEngine],
];

const uniform = (length: number, name: string): Float32Array => {
  const rng = new Rng(1).fork(name);
  return Float32Array.from({ length }, () => 2 * rng.uniform() - 1);
};

/** Row-major [m, k] times [k, n] in float64. */
function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [m, k, n]: readonly [number, number, number],
): Float64Array {
  return Float64Array.from({ length: m * n }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < k; i++) sum += a[Math.floor(at / n) * k + i]! * b[i * n + (at % n)]!;
    return sum;
  });
}

function transposed(a: ArrayLike<number>, [rows, columns]: readonly [number, number]): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, at) => a[(at % rows) * columns + Math.floor(at / rows)]!);
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);

/** Rounding of a sum of `terms` products of float32 numbers in [-1, 1], in whatever order: terms^2 half units. */
const rounding = (terms: number) => terms ** 2 * 2 ** -24;

const [M, K, N] = [33, 40, 17];
const [a, b] = [uniform(M * K, 'a'), uniform(K * N, 'b')];

for (const [kind, create] of installed) {
  serial(`engine ${kind} multiplies matrices, and their gradients are the analytic ones`, async (t) => {
    const engine = create();
    await engine.start();
    t.true(engine.label.startsWith(kind), engine.label);
    t.is(tf.getBackend(), kind);
    const result = tf.tidy(() => {
      const [x, w] = [tf.tensor2d(a, [M, K]), tf.tensor2d(b, [K, N])];
      const [dx, dw] = tf.grads((x, w) => tf.sum(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D)))([x, w]);
      return [tf.matMul(x, w), dx!, dw!].map((each) => each.dataSync());
    });
    const [ones, shape] = [new Float64Array(M * N).fill(1), [M, N, K] as const];
    t.true(largestDifference(result[0]!, product(a, b, [M, K, N])) <= rounding(K));
    t.true(largestDifference(result[1]!, product(ones, transposed(b, [K, N]), shape)) <= rounding(N));
    t.true(largestDifference(result[2]!, product(transposed(a, [M, K]), ones, [K, M, N])) <= rounding(M));
  });

  serial(`engine ${kind} multiplies transposed matrices, alone and in batches`, async (t) => {
    await create().start();
    const [left, right] = [transposed(a, [M, K]), transposed(b, [K, N])];
    const expected = product(a, b, [M, K, N]);
    for (const batch of [[], [1], [1, 1], [2]]) {
      const copies = batch[0] ?? 1;
      for (const [transposeA, transposeB] of [
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        const stack = (values: ArrayLike<number>, shape: number[]) =>
          tf.tensor(Array(copies).fill(Array.from(values)).flat(), [...batch, ...shape]);
        const x = stack(transposeA ? left : a, transposeA ? [K, M] : [M, K]);
        const w = stack(transposeB ? right : b, transposeB ? [N, K] : [K, N]);
        const y = tf.matMul(x, w, transposeA, transposeB);
        t.deepEqual(y.shape, [...batch, M, N]);
        const values = y.dataSync();
        for (let i = 0; i < copies; i++) {
          t.true(largestDifference(values.slice(i * M * N, (i + 1) * M * N), expected) <= rounding(K));
        }
        tf.dispose([x, w, y]);
      }
    }
  });

  serial(`engine ${kind} has the gradient of a gather, and einsum`, async (t) => {
    await create().start();
    const [gathered, summed] = tf.tidy(() => {
      const index = tf.tensor1d([2, 0, 2], 'int32');
      const gradient = tf.grad((x) => tf.sum(tf.mul(tf.gather(x, index), tf.tensor2d([[1], [2], [3]]))));
      const x = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
      return [gradient(x).dataSync(), tf.einsum('ij,kj->ik', x, x).dataSync()];
    });
    t.deepEqual([...gathered!], [2, 2, 0, 0, 4, 4]);
    t.deepEqual([...summed!], [5, 11, 17, 11, 25, 39, 17, 39, 61]);
  });

  serial(`engine ${kind} keeps no memory of what it computed`, async (t) => {
    await create().start();
    const step = () =>
      tf.tidy(() => {
        const [x, w] = [tf.tensor2d(a, [M, K]), tf.tensor2d(b, [K, N])];
        const index = tf.tensor1d([2, 0, 2], 'int32');
        const loss = (x: tf.Tensor, w: tf.Tensor) => tf.sum(tf.gather(tf.matMul(x, w), index));
        for (const each of tf.grads(loss)([x, w])) each.dataSync();
      });
    const used = () => [tf.memory().numTensors, tf.backend().numDataIds(), tf.findBackend('cpu').numDataIds()];
    step();
    const before = used();
    step();
    t.deepEqual(used(), before);
  });
}

serial('the WebAssembly engine leaves no crash handlers behind', async (t) => {
  const count = () => process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
  const before = count();
  await wasmEngine().start();
  t.is(count(), before);
});

serial('auto takes the first engine of its list that is installed, and its label says which', async (t) => {
  const choices = { engine: { kind: 'auto', prefer: ['wasm', 'cpu'] } };
  const engine = new Catalogue([plugin]).assemble(Engine, choices, new Rng(0));
  await engine.start();
  t.regex(engine.label, /^wasm \(SIMD, 1 thread\), chosen by auto$/);
});

serial('an absent engine is a UserError that says how to get it', async (t) => {
  const webgpu = {
    name: 'UserError',
    message: /^missing WebGPU: .*npm install webgpu @tensorflow\/tfjs-backend-webgpu /,
  };
  await t.throwsAsync(webgpuEngine({ powerPreference: 'high-performance' }).start(), webgpu);
});

test('the plugin offers every engine by its kind', (t) => {
  const components = new Catalogue([plugin]).components('engine');
  t.deepEqual(
    components.map(({ kind }) => kind),
    ['auto', 'cpu', 'wasm', 'tensorflow', 'tensorflow-gpu', 'webgpu'],
  );
  for (const { options } of components) t.notThrows(() => options.parse({}));
});

import * as tf from '@tensorflow/tfjs-core';
import type { ExecutionContext } from 'ava';
import fc from 'fast-check';
import { type EngineTest, on } from './engine-test.js';
import { relativeError } from './relative-error.js';

/** Rounding of float32, and of sums of up to a few thousand terms in another order. */
const ROUNDING = 2e-6;
/** The approximation of Abramowitz and Stegun 7.1.26, which both backends use, in float32. */
const ERROR_FUNCTION = 1e-6;

/** Reproducible numbers between -3 and 3, none of them 0. */
function numbers(shape: readonly number[], seed: number, positive = false): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, (_, i) => {
    const x = ((((i + 1) * 7919 + seed * 104729) % 60013) / 60013) * 6 - 3;
    return positive ? Math.abs(x) + 0.01 : x + (x === 0 ? 1 : 0);
  });
  return tf.tensor(values, [...shape]);
}

const shapes = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 0, maxLength: 4 });
const longRow = fc.integer({ min: 1, max: 5000 }).map((length) => [length]);
const runs = { numRuns: 25 };

/** A shape and one that broadcasts with it: some of its leading dimensions left out, some of the others 1. */
const broadcastable = shapes.chain((shape) =>
  fc
    .tuple(fc.integer({ min: 0, max: shape.length }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }))
    .map(([dropped, ones]) => [shape, shape.map((length, d) => (ones[d] ? 1 : length)).slice(dropped)] as const),
);

const unary: [string, (x: tf.Tensor) => tf.Tensor, { positive?: boolean; tolerance?: number }?][] = [
  ['neg', tf.neg],
  ['abs', tf.abs],
  ['square', tf.square],
  ['sqrt', tf.sqrt, { positive: true }],
  ['rsqrt', tf.rsqrt, { positive: true }],
  ['reciprocal', tf.reciprocal],
  ['exp', tf.exp],
  ['expm1', tf.expm1],
  ['log', tf.log, { positive: true }],
  ['log1p', tf.log1p, { positive: true }],
  ['sigmoid', tf.sigmoid],
  ['tanh', tf.tanh],
  ['erf', tf.erf, { tolerance: ERROR_FUNCTION }],
  ['softplus', tf.softplus],
  ['relu', tf.relu],
  ['step', tf.step],
  ['sin', tf.sin],
  ['cos', tf.cos],
  ['sinh', tf.sinh],
  ['cosh', tf.cosh],
  ['asinh', tf.asinh],
  ['round', tf.round],
];

const binary: [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, boolean?][] = [
  ['add', tf.add],
  ['sub', tf.sub],
  ['mul', tf.mul],
  ['div', tf.div],
  ['maximum', tf.maximum],
  ['minimum', tf.minimum],
  ['squaredDifference', tf.squaredDifference],
  ['pow', tf.pow, true],
  ['atan2', tf.atan2],
  ['greater', tf.greater],
  ['greaterEqual', tf.greaterEqual],
  ['less', tf.less],
  ['lessEqual', tf.lessEqual],
  ['equal', tf.equal],
  ['notEqual', tf.notEqual],
];

const reductions: [string, (x: tf.Tensor, axis: number | number[] | undefined, keep: boolean) => tf.Tensor][] = [
  ['sum', tf.sum],
  ['mean', tf.mean],
  ['max', tf.max],
  ['min', tf.min],
];

/** Tests that the kernels of an engine agree with tfjs's JavaScript backend. */
export function kernelTests(backend: string, engineTest: EngineTest): void {
  async function agree(
    t: ExecutionContext,
    compute: () => tf.Tensor | tf.Tensor[],
    tolerance = ROUNDING,
    what = '',
  ): Promise<void> {
    const [actual, expected] = [await on(backend, compute), await on('cpu', compute)];
    t.is(actual.length, expected.length);
    for (const [i, { shape, dtype, values }] of expected.entries()) {
      t.deepEqual(actual[i]!.shape, shape, what);
      t.is(actual[i]!.dtype, dtype, what);
      const error = relativeError(actual[i]!.values, values);
      t.true(error <= tolerance, `${what} differs by ${error}`);
    }
  }

  for (const [name, op, { positive = false, tolerance = ROUNDING } = {}] of unary) {
    engineTest(`${name} is tfjs's, for arrays of any length`, async (t) => {
      await fc.assert(
        fc.asyncProperty(fc.oneof(shapes, longRow), (shape) =>
          agree(t, () => op(numbers(shape, 1, positive)), tolerance, name),
        ),
        runs,
      );
      await agree(t, () => op(numbers([70_001], 2, positive)), tolerance, name);
    });
  }

  engineTest('elementary functions keep NaN, infinities and the ends of the range', async (t) => {
    const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 88.5, 89, -86, 1e30, -1e30];
    for (const [name, op] of unary) {
      if (['sin', 'cos'].includes(name)) continue;
      for (const value of special) {
        // tfjs's softplus and error function of infinity are NaN; the limits are finite or infinite here.
        if (Math.abs(value) > 1e20 && ['softplus', 'erf'].includes(name)) continue;
        await agree(t, () => op(tf.tensor1d([value, 0.5, 1])), ERROR_FUNCTION, `${name} of ${value}`);
      }
    }
  });

  engineTest('hyperbolic functions keep their digits near zero and far from it', async (t) => {
    const values = [1e-30, 1e-8, -1e-4, 0.03, -0.99, 1.01, -5, 40, 88, 89.4, 1e10, 1e30];
    for (const [name, op] of unary) {
      if (!['sinh', 'cosh', 'asinh'].includes(name)) continue;
      for (const value of values) await agree(t, () => op(tf.tensor1d([value])), ROUNDING, `${name} of ${value}`);
    }
  });

  engineTest('halves are rounded to even, and angles lie in the quadrant of both signs', async (t) => {
    await agree(t, () => tf.round(tf.tensor1d([0.5, 1.5, -0.5, -2.5, 3.5, 0.49999997, 8388609, -1e10])), 0);
    const [zero, negative] = [() => tf.tensor1d([0, -0, 1, -1, 0]), () => tf.tensor1d([-1, -1, -0, 0, 0])];
    await agree(t, () => tf.atan2(zero(), negative()));
  });

  for (const [name, op, positive = false] of binary) {
    engineTest(`${name} is tfjs's, however its inputs broadcast`, async (t) => {
      await fc.assert(
        fc.asyncProperty(broadcastable, fc.boolean(), ([large, small], swap) =>
          agree(
            t,
            () => {
              const [a, b] = [numbers(large, 1, positive), numbers(small, 2, positive)];
              return swap ? op(b, a) : op(a, b);
            },
            ROUNDING,
            `${name} of [${large}] and [${small}]`,
          ),
        ),
        runs,
      );
      await agree(t, () => op(numbers([601, 97], 1, positive), numbers([97], 2, positive)));
      await agree(t, () => op(numbers([301, 23, 5], 1, positive), numbers([301, 1, 5], 2, positive)));
    });
  }

  engineTest('maximum and minimum keep a NaN of either side', async (t) => {
    for (const op of [tf.maximum, tf.minimum]) {
      await agree(t, () => op(tf.tensor1d([Number.NaN, 1, 2]), tf.tensor1d([1, Number.NaN, 1])));
    }
  });

  for (const [name, op] of reductions) {
    engineTest(`${name} is tfjs's, over any axes`, async (t) => {
      const cases = fc
        .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
        .chain((shape) => fc.tuple(fc.constant(shape), fc.subarray(shape.map((_, d) => d)), fc.boolean()));
      await fc.assert(
        fc.asyncProperty(cases, ([shape, axes, keep]) =>
          agree(
            t,
            () => op(numbers(shape, 3, true), axes.length ? axes : undefined, keep),
            ROUNDING,
            `${name} [${shape}]`,
          ),
        ),
        runs,
      );
      await agree(t, () => op(numbers([100_003], 4, true), undefined, false));
      await agree(t, () => op(numbers([1009, 101], 4, true), 0, false));
      await agree(t, () => op(numbers([1009, 101], 4, true), 1, true));
      await agree(t, () => op(tf.tensor2d([[1, Number.NaN, 3]]), 1, false));
    });
  }

  engineTest('softmax is that of tfjs and finite for large scores', async (t) => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }));
    await fc.assert(
      fc.asyncProperty(sizes, (shape) => agree(t, () => tf.softmax(numbers(shape, 5)))),
      runs,
    );
    await agree(t, () => tf.softmax(tf.mul(numbers([3, 4, 5], 5), 1000)));
  });

  engineTest('products of matrices are those of tfjs, in batches and with either factor transposed', async (t) => {
    const length = fc.integer({ min: 1, max: 70 });
    const batches = fc.constantFrom(
      [[], []],
      [[3], [3]],
      [
        [2, 2],
        [2, 2],
      ],
      [[1], [4]],
      [[4], [1]],
      [[1], [1]],
    );
    const cases = fc.tuple(length, length, length, batches, fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(cases, ([rows, inner, columns, [aBatch, bBatch], ta, tb]) =>
        agree(t, () => {
          const a = numbers([...aBatch!, ...(ta ? [inner, rows] : [rows, inner])], 6);
          const b = numbers([...bBatch!, ...(tb ? [columns, inner] : [inner, columns])], 7);
          return tf.matMul(a, b, ta, tb);
        }),
      ),
      { numRuns: 60 },
    );
    await agree(t, () => tf.matMul(numbers([97, 1031], 6), numbers([1031, 101], 7)));
    await agree(t, () => tf.matMul(numbers([1031, 97], 6), numbers([101, 1031], 7), true, true));
    await agree(t, () =>
      tf.fused.matMul({
        a: numbers([37, 19], 1) as tf.Tensor2D,
        b: numbers([19, 53], 2) as tf.Tensor2D,
        bias: numbers([53], 3),
      }),
    );
  });

  engineTest('what moves numbers moves them to where tfjs does', async (t) => {
    const sides = fc.integer({ min: 1, max: 6 });
    await fc.assert(
      fc.asyncProperty(fc.tuple(sides, sides, sides), async ([p, q, r]) => {
        const x = () => numbers([p, q, r], 8);
        await agree(t, () => tf.transpose(x()));
        await agree(t, () => tf.transpose(x(), [1, 0, 2]));
        await agree(t, () => tf.slice(x(), [p - 1, 0, 0], [1, -1, Math.ceil(r / 2)]));
        await agree(t, () => tf.concat([x(), numbers([p, 2, r], 9), x()], 1));
        await agree(t, () => tf.concat([x(), x()], 2));
        await agree(t, () => tf.split(numbers([p, 6, r], 8), [1, 2, 3], 1));
        await agree(t, () => tf.stack([x(), numbers([p, q, r], 9)], 1));
        await agree(t, () => tf.unstack(x(), 1));
        await agree(t, () =>
          tf.pad(
            x(),
            [
              [1, 0],
              [0, 2],
              [1, 1],
            ],
            7,
          ),
        );
        await agree(t, () => tf.tile(x(), [2, 1, 3]));
        await agree(t, () => tf.gather(x(), tf.tensor1d([q - 1, 0, 0], 'int32'), 1));
        await agree(t, () => tf.gather(x(), tf.tensor2d([[p - 1], [0]], [2, 1], 'int32')));
        await agree(t, () => tf.where(tf.greater(x(), 0), x(), tf.neg(x())));
        await agree(t, () => tf.reverse(x(), 1));
        await agree(t, () => tf.broadcastTo(numbers([q, 1], 8), [p, q, r]));
      }),
      runs,
    );
  });

  engineTest('sums by segment are those of tfjs', async (t) => {
    const ids = () => tf.tensor1d([2, 0, 2, -1, 3, 1], 'int32');
    await agree(t, () => tf.unsortedSegmentSum(numbers([6, 5, 3], 1), ids(), 4));
    await agree(t, () => tf.unsortedSegmentSum(numbers([6], 1), ids(), 4));
  });

  engineTest('places of the least and flags of places are those of tfjs', async (t) => {
    const least = () =>
      tf.tensor2d([
        [3, 1, 1],
        [2, 1, 2],
        [1, 5, 0],
      ]);
    for (const axis of [0, 1]) await agree(t, () => tf.argMin(least(), axis), 0);
    await agree(t, () => tf.argMin(numbers([7, 300, 11], 1), -1), 0);
    await agree(t, () => tf.gather(numbers([3, 2], 1), tf.argMin(least(), 1)), 0);
    await agree(t, () => tf.oneHot(tf.argMin(least(), 1), 3, 2, -1, 'float32'), 0);
    await agree(
      t,
      () =>
        tf.oneHot(
          tf.tensor2d(
            [
              [0, -1],
              [2, 3],
            ],
            [2, 2],
            'int32',
          ),
          3,
        ),
      0,
    );
    await agree(t, () => tf.oneHot(tf.fill([4, 1], 2, 'int32'), 3, 1, 0, 'float32'), 0);
  });

  engineTest('empty tensors pass through every kind of kernel', async (t) => {
    const empty = () => tf.tensor2d([], [0, 3]);
    await agree(t, () => tf.exp(empty()));
    await agree(t, () => tf.add(empty(), tf.tensor1d([1, 2, 3])));
    await agree(t, () => tf.sum(empty(), 0));
    await agree(t, () => tf.sum(empty()));
    await agree(t, () => tf.concat([empty(), numbers([2, 3], 1)], 0));
    await agree(t, () => tf.transpose(empty()));
    await agree(t, () => tf.matMul(empty(), numbers([3, 4], 1)));
    await agree(t, () => tf.matMul(numbers([4, 0], 1), tf.tensor2d([], [0, 5])));
  });

  engineTest('booleans and integers are cast, and other types compute as in tfjs', async (t) => {
    await agree(t, () => tf.cast(tf.tensor1d([3, -2, 0], 'int32'), 'float32'));
    await agree(t, () => tf.cast(tf.tensor1d([1, 0], 'bool'), 'float32'));
    await agree(t, () => tf.cast(numbers([5], 1), 'int32'));
    await agree(t, () => tf.add(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([3, 4], 'int32')));
    await agree(t, () => tf.addN([numbers([7], 1), numbers([7], 2), numbers([7], 3)]));
    await agree(t, () => [tf.zerosLike(numbers([3], 1)), tf.onesLike(numbers([3], 1)), tf.fill([2, 2], 5)]);
  });
}

import * as tf from '@tensorflow/tfjs-core';
import type { Module } from '../module.js';
import { Rng } from '../rng.js';
import { type Check, claim, tensorCheck } from './check.js';
import { claimShape, isClose, moduleChecks, nudge, using, values } from './module-checks.js';
import type { Make } from './setting.js';

/** A map of vectors that can be undone, as in normalising flows; any condition is already bound. */
export interface Flow extends Module {
  /** [B, L] -> [B, L], and ln |det d output / d input| of each event, [B]. */
  forward(input: tf.Tensor2D): { readonly output: tf.Tensor2D; readonly logDeterminant: tf.Tensor1D };
  /** [B, L] -> [B, L]. */
  inverse(output: tf.Tensor2D): tf.Tensor2D;
}

/** Half a step of the numeric Jacobian: truncation and float32 rounding are both about 1e-4 of an entry. */
const HALF_STEP = 1e-2;
/** What is then left of a log-determinant, for each dimension. */
const LOG_TOLERANCE = 1e-2;
/** An inverse has the rounding of two passes through a few nonlinear layers. */
const INVERSE_TOLERANCE = 1e-3;

/** What a flow must do; `make` is given `latentWidth`, the L of its vectors. */
export function flowChecks(make: Make<Flow>): Check[] {
  const nudged = (use: (flow: Flow, input: tf.Tensor2D) => void) => () =>
    using(make, (flow, { latentWidth }) => {
      nudge(flow.parameters, new Rng(3));
      use(flow, new Rng(5).normalTensor(4, latentWidth));
    });
  return [
    tensorCheck(
      'outputs are as wide as inputs, with one log-determinant an event',
      nudged((flow, input) => {
        const { output, logDeterminant } = flow.forward(input);
        claimShape('the output', output, input.shape);
        claimShape('the log-determinant', logDeterminant, [4]);
        claimShape('the inverse', flow.inverse(output), input.shape);
      }),
    ),
    tensorCheck(
      'the inverse undoes the map, and the map the inverse',
      nudged((flow, input) => {
        const there = flow.inverse(flow.forward(input).output);
        claim(isClose(there, input, INVERSE_TOLERANCE), 'the inverse of the output is not the input');
        const back = flow.forward(flow.inverse(input)).output;
        claim(isClose(back, input, INVERSE_TOLERANCE), 'the output of the inverse is not what was inverted');
      }),
    ),
    tensorCheck('the log-determinant is that of the numeric Jacobian', nudged(claimLogDeterminant)),
    ...moduleChecks(make, (flow, { latentWidth }, rng) => {
      const { output, logDeterminant } = flow.forward(rng.normalTensor(4, latentWidth));
      return [output, logDeterminant];
    }),
  ];
}

function claimLogDeterminant(flow: Flow, input: tf.Tensor2D): void {
  const [events, width] = input.shape;
  const found = values(flow.forward(input).logDeterminant);
  const columns = Array.from({ length: width }, (_, j) => {
    const by = tf.oneHot(tf.fill([events], j, 'int32'), width, HALF_STEP, 0) as tf.Tensor2D;
    const difference = tf.sub(flow.forward(tf.add(input, by)).output, flow.forward(tf.sub(input, by)).output);
    return tf.div(difference, 2 * HALF_STEP).arraySync() as number[][];
  });
  for (const [event, logDeterminant] of found.entries()) {
    const expected = logAbsDeterminant(columns.map((column) => [...column[event]!]));
    claim(
      Math.abs(logDeterminant - expected) <= LOG_TOLERANCE * width,
      `the log-determinant is ${logDeterminant}, and the numeric Jacobian says ${expected}`,
    );
  }
}

/** Gaussian elimination with pivoting; changes the matrix. */
function logAbsDeterminant(matrix: number[][]): number {
  let sum = 0;
  for (let k = 0; k < matrix.length; k++) {
    const rest = matrix.slice(k).map((row) => Math.abs(row[k]!));
    const pivot = k + rest.indexOf(Math.max(...rest));
    [matrix[k], matrix[pivot]] = [matrix[pivot]!, matrix[k]!];
    const row = matrix[k]!;
    sum += Math.log(Math.abs(row[k]!));
    for (const other of matrix.slice(k + 1)) {
      const factor = other[k]! / row[k]!;
      for (let j = k; j < row.length; j++) other[j]! -= factor * row[j]!;
    }
  }
  return sum;
}

import type * as tf from '@tensorflow/tfjs-core';
import type { Inputs, Result } from '../blocks/parts.js';
import { normalise, normaliseBackward, product, runRows, type Stage } from './row-program.js';
import { runRowSums } from './weight-program.js';

/** Layer normalisation of rows [R, D]; it traces for each the numbers of mean 0 and variance 1, then their factor. */
export function normForward(x: tf.Tensor, { scale, bias }: Inputs, epsilon: number): Result {
  const [rows, D] = x.shape as [number, number];
  const { output, trace } = runRows({
    name: `norm ${epsilon}`,
    constants: { D },
    inputs: { x, scale: scale!, bias: bias! },
    outputs: { output: [rows, D], trace: [rows, D + 1] },
    rows,
    stages: () => [
      normalise({
        from: 'return x[row * D + i];',
        epsilon,
        write: `
  output[row * D + i] = normal * scale[i] + bias[i];
  trace[row * (D + 1u) + i] = normal;
  if (i == 0u) { trace[row * (D + 1u) + D] = inverse; }`,
      }),
    ],
  });
  return { value: output, trace: [trace] };
}

/** Rows to mean 0 and variance 1, with what `tracedNormal` and `tracedInverse` read, and the norm D numbers further. */
export function tracedNormalise(from: string, epsilon: number): Stage {
  return normalise({
    from,
    epsilon,
    write: `
  trace[row * W + i] = normal;
  trace[row * W + D + i] = normal * scale[i] + shift[i];
  if (i == 0u) { trace[row * W + 2u * D] = inverse; }`,
  });
}

/** The number of mean 0 and variance 1 at (row, i), and the factor of the row, in a trace of W numbers a row. */
export const tracedNormal = 'return trace[row * W + i];';
export const tracedInverse = 'trace[row * W + 2u * D]';

const NORMAL = 'return trace[row * (D + 1u) + i];';
const SLOPE = 'return dy[row * D + i] * scale[i];';
const INVERSE = 'trace[row * (D + 1u) + D]';

/** `dx`, `scale` and `bias`. */
export function normBackward(scale: tf.Tensor, [trace]: readonly tf.Tensor[], dy: tf.Tensor): Inputs {
  const [rows, D] = dy.shape as [number, number];
  const { dx } = runRows({
    name: 'norm, backward',
    constants: { D },
    inputs: { dy, scale, trace: trace! },
    outputs: { dx: [rows, D] },
    rows,
    stages: () => [
      normaliseBackward({ slope: SLOPE, normal: NORMAL, inverse: INVERSE, write: 'dx[row * D + i] = value;' }),
    ],
  });
  const { dScale, dBias } = runRowSums({
    name: 'norm, parameters',
    constants: { D },
    inputs: { dy, trace: trace! },
    rows,
    sums: {
      dScale: { shape: [D], right: 'return dy[row * D + j] * trace[row * (D + 1u) + j];' },
      dBias: { shape: [D], right: 'return dy[row * D + j];' },
    },
  });
  return { dx, scale: dScale, bias: dBias };
}

interface NormedMap {
  readonly norm: Inputs;
  readonly kernel: tf.Tensor;
  readonly bias: tf.Tensor;
}

/**
 * An affine map of normalised rows, [R, D] -> [R, O]. It traces for each row the numbers of mean 0 and variance 1, the
 * norm, and the factor.
 */
export function normedMap(x: tf.Tensor, { norm, kernel, bias }: NormedMap, epsilon: number): Result {
  const [rows, D] = x.shape as [number, number];
  const O = kernel.shape[1]!;
  const { mapped, trace } = runRows({
    name: `map of a norm ${epsilon}`,
    constants: { D, O, W: 2 * D + 1 },
    inputs: { x, scale: norm['scale']!, shift: norm['bias']!, kernel, bias },
    outputs: { mapped: [rows, O], trace: [rows, 2 * D + 1] },
    rows,
    stages: () => [
      tracedNormalise('return x[row * D + i];', epsilon),
      product({
        inputs: 'D',
        outputs: 'O',
        from: 'return trace[row * W + D + i];',
        kernel: 'return kernel[i * O + column];',
        write: 'mapped[row * O + column] = value + bias[column];',
      }),
    ],
  });
  return { value: mapped, trace: [trace] };
}

/** What else arrives at the rows, and at which: the first of every `objects`. */
interface Skip {
  readonly dSkip: tf.Tensor;
  readonly objects: number;
}

/** `dx`, with `dSkip` added, and the gradients of kernel, bias, and the norm's `scale` and `shift`. */
export function normedMapBackward(
  { norm, kernel }: Omit<NormedMap, 'bias'>,
  [trace]: readonly tf.Tensor[],
  dy: tf.Tensor,
  { dSkip, objects }: Skip,
): Inputs {
  const rows = dy.shape[0]!;
  const [D, O] = kernel.shape as [number, number];
  const constants = { D, O, W: 2 * D + 1 };
  const { dx, dNorm } = runRows({
    name: 'map of a norm, backward',
    constants: { ...constants, N: objects },
    inputs: { dy, kernel, scale: norm['scale']!, trace: trace!, dSkip },
    outputs: { dx: [rows, D], dNorm: [rows, D] },
    rows,
    stages: () => [
      product({
        inputs: 'O',
        outputs: 'D',
        from: 'return dy[row * O + i];',
        kernel: 'return kernel[column * O + i];',
        write: 'dNorm[row * D + column] = value;',
      }),
      normaliseBackward({
        slope: 'return dNorm[row * D + i] * scale[i];',
        normal: tracedNormal,
        inverse: tracedInverse,
        write: `
  var skipped = 0.0;
  if (row % N == 0u) { skipped = dSkip[row / N * D + i]; }
  dx[row * D + i] = value + skipped;`,
      }),
    ],
  });
  const gradients = runRowSums({
    name: 'map of a norm, parameters',
    constants,
    inputs: { dy, trace: trace!, dNorm },
    rows,
    sums: {
      dKernel: { shape: [D, O], left: 'return trace[row * W + D + i];', right: 'return dy[row * O + j];' },
      dBias: { shape: [O], right: 'return dy[row * O + j];' },
      dScale: { shape: [D], right: 'return dNorm[row * D + j] * trace[row * W + j];' },
      dShift: { shape: [D], right: 'return dNorm[row * D + j];' },
    },
  });
  const { dKernel, dBias, dScale, dShift } = gradients;
  return { dx, kernel: dKernel, bias: dBias, scale: dScale, shift: dShift };
}

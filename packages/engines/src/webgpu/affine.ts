import type * as tf from '@tensorflow/tfjs-core';
import type { Inputs, Result } from '../blocks/parts.js';
import { product, runRows } from './row-program.js';
import { runRowSums } from './weight-program.js';

/** What an affine map may end with. */
type Activation = 'none' | 'gelu';

interface Affine {
  readonly kernel: tf.Tensor;
  readonly bias?: tf.Tensor | undefined;
  readonly activation?: Activation;
}

/** activation(x W + b), [R, I] -> [R, O]. It traces what the activation is of. */
export function affine(x: tf.Tensor, { kernel, bias, activation = 'none' }: Affine): Result {
  const [I, O] = kernel.shape as [number, number];
  const rows = x.shape[0]!;
  const isActive = activation === 'gelu';
  const outputs = { output: [rows, O], ...(isActive && { mapped: [rows, O] }) };
  const { output, mapped } = runRows<'output' | 'mapped'>({
    name: 'affine',
    constants: { I, O },
    inputs: { x, kernel, ...(bias && { bias }) },
    outputs: outputs as { output: number[]; mapped: number[] },
    rows,
    stages: () => [
      product({
        inputs: 'I',
        outputs: 'O',
        from: 'return x[row * I + i];',
        kernel: 'return kernel[i * O + column];',
        write: `
  let sum = value${bias ? ' + bias[column]' : ''};
  ${isActive ? 'mapped[row * O + column] = sum;' : ''}
  output[row * O + column] = ${isActive ? 'gelu(sum)' : 'sum'};`,
      }),
    ],
  });
  return { value: output, trace: isActive ? [mapped] : [] };
}

/** `dx`, `kernel` and, if there is one, `bias`, given what `affine` traced. */
export function affineBackward(
  x: tf.Tensor,
  { kernel, bias }: Affine,
  [mapped]: readonly tf.Tensor[],
  dy: tf.Tensor,
): Inputs {
  const [I, O] = kernel.shape as [number, number];
  const rows = x.shape[0]!;
  const slope = (index: string): string =>
    `return dy[row * O + ${index}]${mapped ? ` * geluSlope(mapped[row * O + ${index}])` : ''};`;
  const { dx } = runRows({
    name: 'affine, backward',
    constants: { I, O },
    inputs: { dy, kernel, ...(mapped && { mapped }) },
    outputs: { dx: [rows, I] },
    rows,
    stages: () => [
      product({
        inputs: 'O',
        outputs: 'I',
        from: slope('i'),
        kernel: 'return kernel[column * O + i];',
        write: 'dx[row * I + column] = value;',
      }),
    ],
  });
  const { dKernel, dBias } = runRowSums<'dKernel' | 'dBias'>({
    name: 'affine, parameters',
    constants: { I, O },
    inputs: { x, dy, ...(mapped && { mapped }) },
    rows,
    sums: {
      dKernel: { shape: [I, O], left: 'return x[row * I + i];', right: slope('j') },
      ...(bias && { dBias: { shape: [O], right: slope('j') } }),
    } as Record<'dKernel' | 'dBias', { shape: number[]; right: string }>,
  });
  return { dx, kernel: dKernel, ...(bias && { bias: dBias }) };
}

import type * as tf from '@tensorflow/tfjs-core';
import type { Inputs, Result } from '../blocks/parts.js';
import { elementwise, product, runRows } from './row-program.js';
import { runRowSums } from './weight-program.js';

/**
 * The GRU gate of core, [R, D], [R, D] -> [R, D]; where the mask [R, 1] is 0, so is the result. It traces for each row
 * the reset and the update gate, the skip connection's part of the candidate, and the candidate.
 */
export function gateForward(branch: tf.Tensor, skip: tf.Tensor, parameters: Inputs, mask?: tf.Tensor): Result {
  const [rows, D] = skip.shape as [number, number];
  const { output, trace } = runRows({
    name: 'gate',
    constants: { D },
    inputs: { branch, skip, ...(mask && { mask }), ...parametersOf(parameters) },
    outputs: { output: [rows, D], trace: [rows, 4 * D] },
    rows,
    stages: () => [
      product({
        inputs: '2u * D',
        outputs: '2u * D',
        from: 'if (i < D) { return branch[row * D + i]; } return skip[row * D + i - D];',
        kernel: `if (i < D) { return inputKernel[i * 3u * D + D + column]; }
  return skipKernel[(i - D) * 3u * D + column];`,
        write: 'trace[row * 4u * D + column] = sigmoid(value + inputBias[D + column] + skipBias[column]);',
      }),
      product({
        inputs: 'D',
        outputs: 'D',
        from: 'return skip[row * D + i];',
        kernel: 'return skipKernel[i * 3u * D + 2u * D + column];',
        write: 'trace[row * 4u * D + 2u * D + column] = value + skipBias[2u * D + column];',
      }),
      product({
        inputs: 'D',
        outputs: 'D',
        from: 'return branch[row * D + i];',
        kernel: 'return inputKernel[i * 3u * D + column];',
        write: `
  let place = row * 4u * D + column;
  let candidate = hyperbolicTangent(value + inputBias[column] + trace[place] * trace[place + 2u * D]);
  trace[place + 3u * D] = candidate;
  let gated = candidate + trace[place + D] * (skip[row * D + column] - candidate);
  output[row * D + column] = gated${mask ? ' * mask[row]' : ''};`,
      }),
    ],
  });
  return { value: output, trace: [trace] };
}

/** `dBranch`, `dSkip` and the gradients of the four parameters, given that of the output. */
export function gateBackward(
  branch: tf.Tensor,
  skip: tf.Tensor,
  parameters: Inputs,
  [trace]: readonly tf.Tensor[],
  { dy, mask }: { readonly dy: tf.Tensor; readonly mask?: tf.Tensor | undefined },
): Inputs {
  const [rows, D] = skip.shape as [number, number];
  const { inputKernel, skipKernel } = parametersOf(parameters);
  const slope = `dy[row * D + column]${mask ? ' * mask[row]' : ''}`;
  // What is before the functions: n, r and z of the branch, and after them n of the skip connection, whose r and z are
  // the same.
  const { dBranch, dSkip, dMapped } = runRows({
    name: 'gate, backward',
    constants: { D },
    inputs: { dy, skip, trace: trace!, ...(mask && { mask }), inputKernel, skipKernel },
    outputs: { dMapped: [rows, 4 * D], dBranch: [rows, D], dSkip: [rows, D] },
    rows,
    stages: () => [
      elementwise(
        'D',
        `
  let place = row * 4u * D + column;
  let reset = trace[place];
  let update = trace[place + D];
  let candidate = trace[place + 3u * D];
  let slope = ${slope};
  let dCandidate = slope * (1.0 - update) * (1.0 - candidate * candidate);
  dMapped[place] = dCandidate;
  dMapped[place + D] = dCandidate * trace[place + 2u * D] * reset * (1.0 - reset);
  dMapped[place + 2u * D] = slope * (skip[row * D + column] - candidate) * update * (1.0 - update);
  dMapped[place + 3u * D] = dCandidate * reset;`,
      ),
      product({
        inputs: '3u * D',
        outputs: 'D',
        from: 'return dMapped[row * 4u * D + i];',
        kernel: 'return inputKernel[column * 3u * D + i];',
        write: 'dBranch[row * D + column] = value;',
      }),
      product({
        inputs: '3u * D',
        outputs: 'D',
        from: 'return dMapped[row * 4u * D + D + i];',
        kernel: 'return skipKernel[column * 3u * D + i];',
        write: `dSkip[row * D + column] = value + ${slope} * trace[row * 4u * D + D + column];`,
      }),
    ],
  });
  const input = { right: 'return dMapped[row * 4u * D + j];' };
  const hidden = { right: 'return dMapped[row * 4u * D + D + j];' };
  const gradients = runRowSums({
    name: 'gate, parameters',
    constants: { D },
    inputs: { branch, skip, dMapped },
    rows,
    sums: {
      dInputKernel: { shape: [D, 3 * D], left: 'return branch[row * D + i];', ...input },
      dInputBias: { shape: [3 * D], ...input },
      dSkipKernel: { shape: [D, 3 * D], left: 'return skip[row * D + i];', ...hidden },
      dSkipBias: { shape: [3 * D], ...hidden },
    },
  });
  return {
    dBranch,
    dSkip,
    inputKernel: gradients.dInputKernel,
    inputBias: gradients.dInputBias,
    skipKernel: gradients.dSkipKernel,
    skipBias: gradients.dSkipBias,
  };
}

function parametersOf(parameters: Inputs): Record<'inputKernel' | 'inputBias' | 'skipKernel' | 'skipBias', tf.Tensor> {
  const { inputKernel, inputBias, skipKernel, skipBias } = parameters;
  return { inputKernel: inputKernel!, inputBias: inputBias!, skipKernel: skipKernel!, skipBias: skipBias! };
}

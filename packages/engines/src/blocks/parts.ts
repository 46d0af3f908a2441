import * as tf from '@tensorflow/tfjs-core';

/** Tensors by their paths in a block. */
export type Inputs = { readonly [path: string]: tf.Tensor | undefined };

/** Numbers and words that a block is told. */
export interface BlockAttributes {
  readonly heads: number;
  readonly epsilon: number;
  readonly activation: 'none' | 'gelu';
}

/** A part's output and what its backward half wants to see. */
export interface Result {
  readonly value: tf.Tensor;
  readonly trace: readonly tf.Tensor[];
}

/** The parameters under a path, named from there. */
export function parametersOf(inputs: Inputs, part: string): Inputs {
  const own = Object.entries(inputs).filter(([path]) => path.startsWith(`${part}.`));
  return Object.fromEntries(own.map(([path, tensor]) => [path.slice(part.length + 1), tensor]));
}

/** The gradients of a part's parameters, by their paths in the block; `dx` is not one of them. */
export function prefixed(part: string, gradients: Inputs): Inputs {
  const own = Object.entries(gradients).filter(([name]) => name !== 'dx');
  return Object.fromEntries(own.map(([name, tensor]) => [`${part}.${name}`, tensor]));
}

/** x W + b. [R, I] -> [R, O]. */
export function affine(x: tf.Tensor, kernel: tf.Tensor, bias?: tf.Tensor): tf.Tensor {
  const product = tf.matMul(x, kernel);
  return bias ? tf.add(product, bias) : product;
}

/** `dx`, `kernel` and, if there is one, `bias`. */
export function affineBackward(x: tf.Tensor, kernel: tf.Tensor, dy: tf.Tensor, hasBias: boolean): Inputs {
  return {
    dx: tf.matMul(dy, kernel, false, true),
    kernel: tf.matMul(x, dy, true, false),
    ...(hasBias && { bias: tf.sum(dy, 0) }),
  };
}

/** The exact GELU; it traces x and the normal distribution function of x. */
export function gelu(x: tf.Tensor): Result {
  const cumulative = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
  return { value: tf.mul(x, cumulative), trace: [x, cumulative] };
}

export function geluBackward([x, cumulative]: readonly tf.Tensor[], dy: tf.Tensor): tf.Tensor {
  const density = tf.mul(tf.exp(tf.mul(tf.square(x!), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return tf.mul(dy, tf.add(cumulative!, tf.mul(x!, density)));
}

/** Layer normalisation of rows [R, D]; it traces the rows of mean 0 and variance 1 and what they were multiplied by. */
export function normForward(x: tf.Tensor, { scale, bias }: Inputs, epsilon: number): Result {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
  const normal = tf.mul(centred, inverse);
  return { value: tf.add(tf.mul(normal, scale!), bias!), trace: [normal, inverse] };
}

/** `dx`, `scale` and `bias`. */
export function normBackward(scale: tf.Tensor, [normal, inverse]: readonly tf.Tensor[], dy: tf.Tensor): Inputs {
  const slope = tf.mul(dy, scale);
  const along = tf.mul(normal!, tf.mean(tf.mul(slope, normal!), 1, true));
  const dx = tf.mul(tf.sub(tf.sub(slope, tf.mean(slope, 1, true)), along), inverse!);
  return { dx, scale: tf.sum(tf.mul(dy, normal!), 0), bias: tf.sum(dy, 0) };
}

/**
 * The GRU gate of core, [R, D], [R, D] -> [R, D], with one product for the three maps of each input. It traces the
 * reset and update gates side by side, the skip connection's part of the candidate, and the candidate.
 */
export function gateForward(branch: tf.Tensor, skip: tf.Tensor, parameters: Inputs): Result {
  const width = skip.shape[1]!;
  const fromBranch = affine(branch, parameters['inputKernel']!, parameters['inputBias']);
  const fromSkip = affine(skip, parameters['skipKernel']!, parameters['skipBias']);
  const [candidateInput, gatesInput] = tf.split(fromBranch, [width, 2 * width], 1);
  const [gatesSkip, recalled] = tf.split(fromSkip, [2 * width, width], 1);
  const gates = tf.sigmoid(tf.add(gatesInput!, gatesSkip!));
  const [reset, update] = tf.split(gates, 2, 1);
  const candidate = tf.tanh(tf.add(candidateInput!, tf.mul(reset!, recalled!)));
  const value = tf.add(candidate, tf.mul(update!, tf.sub(skip, candidate)));
  return { value, trace: [gates, recalled!, candidate] };
}

/** `dBranch`, `dSkip` and the gradients of the four parameters. */
export function gateBackward(
  branch: tf.Tensor,
  skip: tf.Tensor,
  parameters: Inputs,
  [gates, recalled, candidate]: readonly tf.Tensor[],
  dy: tf.Tensor,
): Inputs {
  const [reset, update] = tf.split(gates!, 2, 1);
  const dyUpdate = tf.mul(dy, update!);
  const dCandidate = tf.mul(tf.sub(dy, dyUpdate), tf.sub(1, tf.square(candidate!)));
  const dReset = tf.mul(dCandidate, recalled!);
  const dUpdate = tf.mul(dy, tf.sub(skip, candidate!));
  const dGates = tf.mul(tf.concat([dReset, dUpdate], 1), tf.sub(gates!, tf.square(gates!)));
  const dFromBranch = tf.concat([dCandidate, dGates], 1);
  const dFromSkip = tf.concat([dGates, tf.mul(dCandidate, reset!)], 1);
  const input = affineBackward(branch, parameters['inputKernel']!, dFromBranch, true);
  const hidden = affineBackward(skip, parameters['skipKernel']!, dFromSkip, true);
  return {
    dBranch: input['dx'],
    dSkip: tf.add(dyUpdate, hidden['dx']!),
    inputKernel: input['kernel'],
    inputBias: input['bias'],
    skipKernel: hidden['kernel'],
    skipBias: hidden['bias'],
  };
}

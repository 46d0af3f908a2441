import * as tf from '@tensorflow/tfjs-core';

/** The forward half of an operation, and what its backward half needs. */
export interface ForwardPass<Output extends tf.Tensor> {
  readonly value: Output;
  /** Tensors that `gradient` will want; the tape holds nothing else of the operation. */
  readonly saved: readonly tf.Tensor[];
  /** The gradients of the inputs, in their order, given that of the value and the saved tensors in their order. */
  gradient(dy: Output, saved: readonly tf.Tensor[]): tf.Tensor[];
}

/** Runs an operation and puts it on the tape of a gradient, if there is one, as a single node with its own gradient. */
export function customGradient<Output extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: () => ForwardPass<Output>,
): Output {
  const operation = tf.customGrad((...args) => {
    const { value, saved, gradient } = forward();
    const save = args.at(-1) as tf.GradSaveFunc;
    save(saved.filter(isPassing));
    return {
      value,
      gradFunc: (dy, kept) => {
        const next = kept.values();
        const restored = saved.map((tensor) => (isPassing(tensor) ? next.next().value! : tensor));
        return tf.tidy(() => gradient(dy as Output, restored));
      },
    };
  });
  return operation(...inputs) as Output;
}

/** A variable outlives the tape; anything else is disposed when the forward pass ends, unless it is saved. */
function isPassing(tensor: tf.Tensor): boolean {
  return !(tensor instanceof tf.Variable);
}

import * as tf from '@tensorflow/tfjs-core';
import { customGradient } from '../nn/fused/custom-gradient.js';
import { runKernel } from '../nn/fused/run-kernel.js';

/**
 * The identity forward. Backward, the gradient with respect to `values` is `backward(upstream, values)`, same shape.
 * What `backward` makes lives until the end of the backward pass.
 */
export function withGradient<T extends tf.Tensor>(values: T, backward: (upstream: T, values: T) => T): T {
  const apply = tf.customGrad<T>((...inputs) => {
    const [given, save] = inputs as [T, tf.GradSaveFunc];
    save([given]);
    const gradFunc = (upstream: T, saved: tf.Tensor[]) => backward(upstream, saved[0] as T);
    return { value: tf.clone(given), gradFunc };
  });
  return apply(values);
}

/** The identity, with a gradient of zero. */
export function stopGradient<T extends tf.Tensor>(values: T): T {
  return withGradient(values, (upstream) => tf.zerosLike(upstream));
}

/** What `compute` gives, of which the tape knows nothing: nothing that it does is gone through on the way back. */
export function unrecorded<T extends tf.Tensor>(compute: () => T): T {
  return customGradient<T>([], () => ({ value: compute(), saved: [], gradient: () => [] }));
}

/** The same values, of which the tape knows nothing: what led to them is not gone through on the way back. */
export function detach<T extends tf.Tensor>(values: T): T {
  return runKernel('Identity', { x: values })[0] as T;
}

import * as tf from '@tensorflow/tfjs-core';

/** The longest period of the embedding is about this times 2 pi (Vaswani et al. 2017, section 3.5). */
const LONGEST_PERIOD = 10_000;

/**
 * The position encoding of Vaswani et al. 2017: sines, then cosines, of the position at geometrically spaced
 * frequencies from 1 down to almost 1/10000. [B] -> [B, width]; `width` is even.
 */
export function sinusoidalEmbedding(position: tf.Tensor1D, width: number): tf.Tensor2D {
  return tf.tidy(() => {
    const pairs = width / 2;
    const frequencies = Array.from({ length: pairs }, (_, i) => LONGEST_PERIOD ** (-i / pairs));
    const angle = tf.mul(tf.reshape(position, [-1, 1]), tf.tensor2d([frequencies])) as tf.Tensor2D;
    return tf.concat([tf.sin(angle), tf.cos(angle)], 1);
  });
}

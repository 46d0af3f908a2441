import type * as tf from '@tensorflow/tfjs-core';

/** Where K particles of B events go, [B, K] each. */
export interface Directions {
  readonly eta: tf.Tensor2D;
  /** rad. */
  readonly phi: tf.Tensor2D;
}

/** Objects that K particles of B events are described relative to, [B, K] each. */
export interface ChosenObjects extends Directions {
  /** 1 where a particle has an object, 0 where it has none. */
  readonly present: tf.Tensor2D;
  /**
   * [B, 3] px, py and pz in GeV of all that was observed, missing momentum included, but for the objects that could be
   * chosen and were not. It is what the detector says of the particles together.
   */
  readonly together: tf.Tensor2D;
  /** [B, 1] number of objects that could be chosen and were not. */
  readonly unchosen: tf.Tensor2D;
}

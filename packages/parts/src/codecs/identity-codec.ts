import * as tf from '@tensorflow/tfjs-core';
import { component, LatentCodec, type LatentPosterior, Module, Scaling } from '@unfold-zoo/core';
import { scaledWidth } from '@unfold-zoo/core/events';
import { z } from 'zod';

/**
 * No codec: the latent is the parton vector itself, without randomness. A VDM diffuses it directly (paper, section 5).
 */
export class IdentityCodec extends Module implements LatentCodec {
  readonly deterministic = true;
  readonly condition = 'none';

  constructor(readonly latentWidth: number) {
    super();
  }

  encode(partons: tf.Tensor2D): LatentPosterior {
    return { sample: () => tf.clone(partons), mean: partons, kl: () => tf.zerosLike(partons) };
  }

  decode(latent: tf.Tensor2D): tf.Tensor2D {
    return tf.clone(latent);
  }
}

/** The component `identity` of the role `codec`. */
export const identityCodec = component(LatentCodec, 'identity', {
  description: 'The latent is the parton vector itself, as in a VDM',
  options: z.object({}),
  inject: [Scaling],
  create: (_context, scaling) => new IdentityCodec(scaledWidth(scaling)),
});

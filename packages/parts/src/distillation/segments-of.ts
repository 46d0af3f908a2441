import * as tf from '@tensorflow/tfjs-core';
import { type Diffusion, Rng, type Sampler } from '@unfold-zoo/core';
import { denoise } from '@unfold-zoo/core/diffusion';

/** A step of a sampler, from time t to an earlier time s; without s the noise that is taken off at t = 0. */
export interface Segment {
  readonly t: number;
  readonly s?: number;
}

/** The steps of a first-order sampler, found by letting it take them, and the last look at t = 0 where there is one. */
export function segmentsOf(sampler: Sampler, { gamma }: Diffusion, takesOffLastNoise: boolean): readonly Segment[] {
  const times: number[] = [];
  const probe: Diffusion = {
    gamma,
    predictNoise: (latent, t) => {
      times.push(t);
      return tf.zerosLike(latent);
    },
  };
  tf.tidy(() => denoise(sampler, tf.zeros([1, 1]), probe, new Rng(0)));
  const steps = times.map((t, i) => ({ t, s: times[i + 1] ?? 0 }));
  return takesOffLastNoise ? [...steps, { t: 0 }] : steps;
}

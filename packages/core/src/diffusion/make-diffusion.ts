import * as tf from '@tensorflow/tfjs-core';
import type { NoiseLevel } from '../contracts/model/denoiser.js';
import type { NoiseSchedule } from '../contracts/model/noise-schedule.js';
import type { Diffusion, TensorDiffusion } from '../contracts/model/sampler.js';
import { detach } from './with-gradient.js';

/** gamma at times in [0, 1], without a gradient to the schedule's shape: the end points' is what remains. */
export function gammasAt(schedule: NoiseSchedule, times: readonly number[]): tf.Scalar[] {
  return tf.unstack(schedule.gamma(tf.tensor1d([...times]), detach)) as tf.Scalar[];
}

/**
 * Binds a schedule and a noise prediction, with its condition, for a sampler. Each gamma is read from the schedule
 * once.
 * @param levels whether the noise level that is told has an entry for each latent, or one for all of them.
 */
export function makeDiffusion(
  schedule: NoiseSchedule,
  predict: (latent: tf.Tensor2D, level: NoiseLevel) => tf.Tensor2D,
  levels: 'each' | 'one' = 'each',
): Diffusion {
  const known = new Map<number, number>();
  const gamma = (t: number): number => {
    const value = known.get(t) ?? tf.tidy(() => gammasAt(schedule, [t])[0]!.dataSync()[0]!);
    known.set(t, value);
    return value;
  };
  const predictNoise = (latent: tf.Tensor2D, t: number): tf.Tensor2D => {
    const batch = [levels === 'each' ? latent.shape[0] : 1] as [number];
    return predict(latent, { t: tf.fill(batch, t), gamma: tf.fill(batch, gamma(t)) });
  };
  const inTensors: TensorDiffusion = {
    gamma: (t) => schedule.gamma(t),
    predictNoise: (latent, t) => {
      const time = tf.reshape(t, [1]) as tf.Tensor1D;
      const rows = [levels === 'each' ? latent.shape[0] : 1];
      return predict(latent, { t: tf.tile(time, rows), gamma: tf.tile(schedule.gamma(time), rows) });
    },
  };
  return { gamma, predictNoise, inTensors };
}

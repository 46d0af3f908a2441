import * as tf from '@tensorflow/tfjs-core';
import type { Denoiser } from '../../contracts/model/denoiser.js';
import { Rng } from '../../rng.js';
import { type Check, claim, tensorCheck } from '../check.js';
import { claimShape, firstRows, isClose, moduleChecks, nudge, using } from '../module-checks.js';
import type { Make, Setting } from '../setting.js';

/** What a `Denoiser` must do. */
export function denoiserChecks(make: Make<Denoiser>): Check[] {
  return [
    tensorCheck('the noise is as wide as the latent', () => {
      using(make, (denoiser, setting) => {
        claimShape('the noise', predict(denoiser, inputs(setting)), [4, setting.latentWidth]);
      });
    }),
    tensorCheck('the noise depends on the latent, the noise level and the condition', () => {
      using(make, (denoiser, setting) => {
        nudge(denoiser.parameters, new Rng(4));
        const given = inputs(setting);
        const before = predict(denoiser, given);
        for (const [what, changed] of Object.entries(changes(given))) {
          claim(!isClose(predict(denoiser, changed), before, 1e-6), `the noise does not depend on the ${what}`);
        }
      });
    }),
    tensorCheck('an event does not depend on the others of its batch', () => {
      using(make, (denoiser, setting) => {
        const given = inputs(setting);
        const alone = predict(denoiser, Object.fromEntries(rows(given)) as unknown as Inputs);
        claim(
          isClose(alone, firstRows(predict(denoiser, given), 2)),
          'the noise of an event changes with the others of its batch',
        );
      });
    }),
    ...moduleChecks(make, (denoiser, setting, rng) => [predict(denoiser, inputs(setting, rng))]),
  ];
}

interface Inputs {
  readonly latent: tf.Tensor2D;
  readonly t: tf.Tensor1D;
  readonly gamma: tf.Tensor1D;
  readonly condition: tf.Tensor2D;
}

function inputs({ latentWidth, conditionWidth }: Setting, rng = new Rng(5)): Inputs {
  const t = rng.uniformTensor(4);
  return {
    latent: rng.normalTensor(4, latentWidth),
    t,
    gamma: tf.sub(tf.mul(12, t), 7),
    condition: rng.normalTensor(4, conditionWidth),
  };
}

function predict(denoiser: Denoiser, { latent, t, gamma, condition }: Inputs): tf.Tensor2D {
  return denoiser.predictNoise(latent, { t, gamma }, condition);
}

function changes(given: Inputs): Record<string, Inputs> {
  const t = tf.sub<tf.Tensor1D>(1, given.t);
  return {
    latent: { ...given, latent: tf.add(given.latent, 0.5) },
    'noise level': { ...given, t, gamma: tf.sub(tf.mul(12, t), 7) },
    condition: { ...given, condition: tf.add(given.condition, 0.5) },
  };
}

function rows(given: Inputs): [string, tf.Tensor][] {
  return Object.entries(given).map(([name, tensor]) => [name, firstRows(tensor as tf.Tensor, 2)]);
}

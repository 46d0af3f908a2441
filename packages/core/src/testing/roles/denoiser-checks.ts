import * as tf from '@tensorflow/tfjs-core';
import type { EncodedObjects } from '../../contracts/model/condition-encoder.js';
import type { Denoiser } from '../../contracts/model/denoiser.js';
import { repeatRows } from '../../nn/repeat-rows.js';
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
        for (const [what, changed] of Object.entries(changes(given, denoiser))) {
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
    tensorCheck('the order of objects does not matter, nor does padding', () => {
      using(make, (denoiser, setting) => {
        nudge(denoiser.parameters, new Rng(4));
        const given = inputs(setting);
        const before = predict(denoiser, given);
        const reversed = { ...given, tokens: tf.reverse(given.tokens, 1), mask: tf.reverse(given.mask, 1) };
        claim(isClose(predict(denoiser, reversed), before), 'the noise changes when the objects are reordered');
        claim(isClose(predict(denoiser, padded(given)), before), 'the noise changes when padding is added');
      });
    }),
    tensorCheck('what is computed once for events gives the same noise', () => {
      using(make, (denoiser, setting) => {
        nudge(denoiser.parameters, new Rng(4));
        const given = inputs(setting);
        const { condition: summary, tokens, mask } = given;
        const predictor = denoiser.forEvents?.({ summary, ...(denoiser.seesObjects && { objects: { tokens, mask } }) });
        for (const latent of [given.latent, tf.neg<tf.Tensor2D>(given.latent)]) {
          const noise = predictor?.(latent, given);
          const same = !noise || isClose(noise, predict(denoiser, { ...given, latent }), 1e-4);
          claim(same, 'forEvents gives another noise than predictNoise');
        }
      });
    }),
    tensorCheck('several draws of an event have the noise that they have one by one', () => {
      using(make, (denoiser, setting) => {
        nudge(denoiser.parameters, new Rng(4));
        claim(drawsAreAlike(denoiser, inputs(setting)), 'forEvents gives draws of an event another noise');
      });
    }),
    ...moduleChecks(make, (denoiser, setting, rng) => [predict(denoiser, inputs(setting, rng))]),
  ];
}

/** Whether two draws of each event, at one noise level, have the noise that they have one by one. */
function drawsAreAlike(denoiser: Denoiser, given: Inputs): boolean {
  const { tokens, mask } = given;
  const encoded = { summary: given.condition, ...(denoiser.seesObjects && { objects: { tokens, mask } }) };
  const predictor = denoiser.forEvents?.(encoded, 2);
  if (!predictor) return true;
  const [t, gamma] = [tf.tensor1d([0.4]), tf.tensor1d([-1])];
  const repeated = Object.entries(given).map(([name, rows]) => [name, repeatRows(rows as tf.Tensor, 2)]);
  const both = {
    ...(Object.fromEntries(repeated) as unknown as Inputs),
    latent: new Rng(6).normalTensor(8, given.latent.shape[1]),
  };
  const levels = { t: tf.fill<tf.Rank.R1>([8], 0.4), gamma: tf.fill<tf.Rank.R1>([8], -1) };
  return isClose(predictor(both.latent, { t, gamma }), predict(denoiser, { ...both, ...levels }), 1e-4);
}

interface Inputs {
  readonly latent: tf.Tensor2D;
  readonly t: tf.Tensor1D;
  readonly gamma: tf.Tensor1D;
  readonly condition: tf.Tensor2D;
  /** [4, 3, D] and [4, 3]: objects that the detector has seen, for denoisers that look at them. */
  readonly tokens: tf.Tensor3D;
  readonly mask: tf.Tensor2D;
}

/** Two objects in the first events, and three. */
const MASK = [
  [1, 1, 0],
  [1, 1, 0],
  [1, 1, 1],
  [1, 1, 1],
];

function inputs({ latentWidth, conditionWidth }: Setting, rng = new Rng(5)): Inputs {
  const t = rng.uniformTensor(4);
  return {
    latent: rng.normalTensor(4, latentWidth),
    t,
    gamma: tf.sub(tf.mul(12, t), 7),
    condition: rng.normalTensor(4, conditionWidth),
    ...objects(conditionWidth, rng),
  };
}

/** Nothing but 0 where there is no object. */
function objects(width: number, rng: Rng): EncodedObjects {
  const mask = tf.tensor2d(MASK);
  const values = tf.reshape(rng.normalTensor(4, 3 * width), [4, 3, width]);
  return { mask, tokens: tf.mul(values, tf.expandDims(mask, 2)) };
}

function predict(denoiser: Denoiser, { latent, t, gamma, condition, tokens, mask }: Inputs): tf.Tensor2D {
  return denoiser.predictNoise(latent, { t, gamma }, condition, denoiser.seesObjects ? { tokens, mask } : undefined);
}

function padded(given: Inputs): Inputs {
  const [events, , width] = given.tokens.shape;
  return {
    ...given,
    tokens: tf.concat([given.tokens, tf.zeros<tf.Rank.R3>([events, 2, width])], 1),
    mask: tf.concat([given.mask, tf.zeros<tf.Rank.R2>([events, 2])], 1),
  };
}

function changes(given: Inputs, { seesObjects }: Denoiser): Record<string, Inputs> {
  const t = tf.sub<tf.Tensor1D>(1, given.t);
  return {
    ...(seesObjects && { objects: { ...given, tokens: tf.reverse(given.tokens, 2) } }),
    latent: { ...given, latent: tf.add(given.latent, 0.5) },
    'noise level': { ...given, t, gamma: tf.sub(tf.mul(12, t), 7) },
    condition: { ...given, condition: tf.add(given.condition, 0.5) },
  };
}

function rows(given: Inputs): [string, tf.Tensor][] {
  return Object.entries(given).map(([name, tensor]) => [name, firstRows(tensor as tf.Tensor, 2)]);
}

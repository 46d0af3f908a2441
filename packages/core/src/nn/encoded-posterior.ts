import * as tf from '@tensorflow/tfjs-core';
import type { ConditionEncoder } from '../contracts/model/condition-encoder.js';
import type { Posterior } from '../contracts/model/generative-model.js';
import type { Observation } from '../contracts/model/observation.js';
import type { Rng } from '../rng.js';
import { repeatRows } from './repeat-rows.js';

/** What a model does with the conditions that an encoder has made of the detector. */
export interface EncodedPosteriorParts {
  /** [R, D] conditions -> [R, P], a draw for each. */
  draw(condition: tf.Tensor2D, rng: Rng): tf.Tensor2D;
  /** [R, P] partons and [R, D] conditions -> [R] ln p. */
  logDensity?(partons: tf.Tensor2D, condition: tf.Tensor2D): tf.Tensor1D;
}

/**
 * The posterior of a model that sees the detector through its condition alone. The detector is encoded here, once; the
 * condition is repeated for the draws of an event.
 *
 * @example
 * posterior(observed: Observation): Posterior {
 *   return encodedPosterior(this.conditionEncoder, observed, { draw: (condition, rng) => this.#draw(condition, rng) });
 * }
 */
export function encodedPosterior(
  encoder: ConditionEncoder,
  observed: Observation,
  { draw, logDensity }: EncodedPosteriorParts,
): Posterior {
  const condition = tf.tidy(() => encoder.encode(observed));
  const events = condition.shape[0];
  return {
    events,
    draw: (rng, draws = 1) => tf.tidy(() => draw(repeatRows(condition, draws), rng)),
    ...(logDensity && {
      logDensity: (partons) => tf.tidy(() => logDensity(partons, repeatRows(condition, partons.shape[0] / events))),
    }),
    dispose: () => condition.dispose(),
  };
}

import * as tf from '@tensorflow/tfjs-core';
import type { ConditionEncoder, EncodedObservation } from '../contracts/model/condition-encoder.js';
import type { Observation } from '../contracts/model/observation.js';
import type { Posterior } from '../contracts/model/posterior.js';
import type { Rng } from '../rng.js';
import { mapEncoded, repeatRows } from './repeat-rows.js';

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
  return posteriorOfEncoded(() => ({ summary: encoder.encode(observed) }), {
    draw: ({ summary }, draws, rng) => draw(repeatRows(summary, draws), rng),
    ...(logDensity && { logDensity: (partons, { summary }) => logDensity(partons, summary) }),
  });
}

/** What a model does with all that is known of the detector. */
export interface PosteriorOfEncodedParts {
  /** Of E events -> [E draws, P], the draws of an event side by side. */
  draw(encoded: EncodedObservation, draws: number, rng: Rng): tf.Tensor2D;
  /** [R, P] partons, of R rows -> [R] ln p. */
  logDensity?(partons: tf.Tensor2D, encoded: EncodedObservation): tf.Tensor1D;
}

/** As `encodedPosterior`, of a model that may look at the detector's objects beside their summary. */
export function posteriorOfEncoded(
  encode: () => EncodedObservation,
  { draw, logDensity }: PosteriorOfEncodedParts,
): Posterior {
  const encoded = tf.tidy(encode);
  const events = encoded.summary.shape[0];
  const repeated = (times: number) => mapEncoded(encoded, (rows) => repeatRows(rows, times));
  return {
    events,
    draw: (rng, draws = 1) => tf.tidy(() => draw(encoded, draws, rng)),
    ...(logDensity && {
      logDensity: (partons) => tf.tidy(() => logDensity(partons, repeated(partons.shape[0] / events))),
    }),
    dispose: () => tf.dispose(encoded),
  };
}

import * as tf from '@tensorflow/tfjs-core';
import type { NoiseLevel } from '@unfold-zoo/core';
import { type LinearParameters, linear, repeatRows } from '@unfold-zoo/core/nn';
import type { Expectation, NoisePrediction, NoiseProblem } from './noise-prediction.js';

/** Events, each with as many latents, and the layer that a denoiser starts with. */
export interface EventsToDraw {
  /** [E, D] the detector's summary. */
  readonly summary: tf.Tensor2D;
  /** [E, 2 L] `expectationOf` the summary. */
  readonly numbers: tf.Tensor2D | undefined;
  readonly draws: number;
}

/** What goes into a denoiser's network at some noise level. */
export interface EmbeddedProblem extends Pick<NoiseProblem, 'noiseOf'> {
  /** [E draws, W] latent, noise level and summary, embedded. */
  readonly embedded: tf.Tensor2D;
}

/**
 * The first layer of a denoiser, a linear map of latent, noise level and summary side by side, for events whose latents
 * are looked at many times: what follows from the summary is computed here, once an event, and of the noise level once
 * for all latents.
 */
export function eventEmbedding(
  prediction: NoisePrediction,
  { kernel, bias }: LinearParameters,
  { summary, numbers, draws }: EventsToDraw,
): (latent: tf.Tensor2D, level: NoiseLevel) => EmbeddedProblem {
  const [events, condition] = summary.shape;
  const sizes = [prediction.latentInputs, prediction.contextInputs - condition, condition];
  const [ofLatent, ofLevel, ofSummary] = tf.split<tf.Tensor2D>(kernel, sizes, 0) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const ofEvents = tf.expandDims<tf.Tensor3D>(linear(summary, { kernel: ofSummary, ...(bias && { bias }) }), 1);
  const expected = numbers && repeatedExpectation(prediction.expected(numbers), draws);
  return (latent, level) => {
    const { latent: seen, noiseOf } = prediction.view(latent, level, expected);
    const byLevel = linear(prediction.encodeLevel(level), { kernel: ofLevel });
    const rows = tf.add<tf.Tensor2D>(linear(seen, { kernel: ofLatent }), byLevel);
    const [count, width] = rows.shape;
    const all = tf.add(tf.reshape(rows, [events, draws, width]), ofEvents);
    return { embedded: tf.reshape(all, [count, width]), noiseOf };
  };
}

function repeatedExpectation({ mean, deviation }: Expectation, draws: number): Expectation {
  return { mean: repeatRows(mean, draws), deviation: repeatRows(deviation, draws) };
}

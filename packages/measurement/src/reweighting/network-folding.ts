import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@unfold-zoo/core';
import {
  type NetworkOptions,
  type ScoredRows,
  standardisation,
  standardised,
  type TrainedNetwork,
  trainScores,
} from '@unfold-zoo/diagnostics';
import type { FoldingProblem } from './density-ratio.js';
import { positiveSum } from './event-features.js';

/** Largest and smallest ln of a factor over what it is to be on average, so that no event rules a batch. */
const FARTHEST = 5;

/** A network of the truth, which sees features as they are. */
export interface FoldedNetwork {
  /** [n] logarithms of the factor. */
  score(features: Float64Array): Promise<Float32Array>;
  dispose(): void;
}

/**
 * A network s(z) of the truth z with the loss r^T K r / (B (B - 1)) of batches of B simulated events (arXiv
 * 2602.24282): r = 1 - exp(s(z) - ln ratio(x)), K a Gaussian kernel of their distances at the detector, with nothing on
 * its diagonal. It is least where the mean factor of events that look alike is the given ratio.
 * @param parts numbers of the events that it learns from, and of those that its training is stopped by.
 */
export async function networkFolding(
  problem: FoldingProblem,
  { kept, held }: { readonly kept: readonly number[]; readonly held: readonly number[] },
  options: NetworkOptions,
  rng: Rng,
): Promise<FoldedNetwork> {
  const { truth, detector } = problem;
  const all = [...truth.weights.keys()];
  const features = Float32Array.from(truth.features);
  const scale = standardisation(features, truth.width, kept);
  const seen = Float32Array.from(detector.features);
  const seenScale = standardisation(seen, detector.width, kept);
  const places = standardised(seen, seenScale, all);
  const middle = meanLog(problem.logRatios, truth.weights);
  const network: TrainedNetwork = await trainScores(
    scored(problem, { events: kept, features: standardised(features, scale, kept), places, middle }),
    scored(problem, { events: held, features: standardised(features, scale, held), places, middle }),
    options,
    rng,
  );
  return {
    score: async (rows) => {
      const own = Float32Array.from(rows);
      const scores = await network.score(standardised(own, scale, [...Array(own.length / truth.width).keys()]));
      return scores.map((score) => score + middle);
    },
    dispose: () => network.dispose(),
  };
}

/** Logarithm of the mean ratio: networks begin with it. */
function meanLog(logRatios: Float64Array, weights: Float64Array): number {
  const sum = positiveSum(weights, 'the simulation');
  return Math.log(logRatios.reduce((mean, log, i) => mean + (weights[i]! / sum) * Math.exp(log), 0));
}

interface Chosen {
  readonly events: readonly number[];
  /** Of the truth of these events, standardised. */
  readonly features: Float32Array;
  /** Of all events at the detector, standardised. */
  readonly places: Float32Array;
  readonly middle: number;
}

function scored(problem: FoldingProblem, { events, features, places, middle }: Chosen): ScoredRows {
  const { truth, detector, logRatios, bandwidth } = problem;
  const sum = events.reduce((total, event) => total + truth.weights[event]!, 0);
  const { width } = detector;
  return {
    features,
    rows: events.length,
    loss: (scores, rows) =>
      tf.tidy(() => {
        const own = [...rows].map((row) => events[row]!);
        const target = tf.tensor1d(own.map((event) => logRatios[event]! - middle));
        const weights = tf.tensor1d(own.map((event) => (truth.weights[event]! * events.length) / sum));
        const at = tf.tensor2d(
          Float32Array.from(own.flatMap((event) => [...places.subarray(event * width, (event + 1) * width)])),
          [own.length, width],
        );
        const residuals = tf.sub(1, tf.exp(tf.clipByValue(tf.sub(scores, target), -FARTHEST, FARTHEST)));
        return kernelLoss(tf.mul(weights, residuals), at, bandwidth);
      }),
  };
}

/** r^T K r / (B (B - 1)) of weighted residuals [B] at places [B, width]. */
function kernelLoss(residuals: tf.Tensor1D, places: tf.Tensor2D, bandwidth: number): tf.Scalar {
  const [count] = residuals.shape;
  const squares = tf.sum(tf.square(places), 1, true);
  const products = tf.matMul(places, places, false, true);
  const distances = tf.relu(tf.sub(tf.add(squares, tf.transpose(squares)), tf.mul(2, products)));
  const kernel = tf.mul(tf.exp(tf.div(distances, -2 * bandwidth ** 2)), tf.sub(1, tf.eye(count)));
  const row = tf.reshape(residuals, [1, count]);
  const form = tf.matMul(tf.matMul(row, kernel as tf.Tensor2D), row, false, true);
  return tf.div(tf.squeeze(form), Math.max(count * (count - 1), 1)) as tf.Scalar;
}

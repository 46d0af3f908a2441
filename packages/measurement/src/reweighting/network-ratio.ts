import { component, type Rng } from '@unfold-zoo/core';
import { type NetworkOptions, standardisation, standardised, trainNetwork } from '@unfold-zoo/diagnostics';
import { z } from 'zod';
import { type FittedRatio, pickWeightedRows, RatioEstimator, type WeightedRows } from './density-ratio.js';
import { positiveSum } from './event-features.js';
import { type FoldedNetwork, networkFolding } from './network-folding.js';

/** How networks learn a ratio. */
export interface NetworkRatioOptions extends NetworkOptions {
  /** Networks, the logarithms of whose ratios are averaged. */
  readonly ensemble: number;
}

/** Share of the events that is held back from a network, to stop its training by. */
const HELD = 0.2;

/**
 * Updates of an epoch, at least: training ends after a few epochs without a gain, and few updates of a small sample
 * gain little in each.
 */
const LEAST_UPDATES = 20;

/** Events of an update, at least, unless fewer are asked for. */
const LEAST_BATCH = 32;

/** How a network learns from so many events. */
function learningOf(options: NetworkOptions, events: number): NetworkOptions {
  const most = Math.max(LEAST_BATCH, Math.ceil(events / LEAST_UPDATES));
  return { ...options, batchSize: Math.min(options.batchSize, most) };
}

/**
 * The ratio that networks learn: each is trained anew on its own random part of the events, and keeps the weights of
 * its best epoch on the others. Both samples count the same in the loss, however many events they have.
 */
export function networkRatio({ ensemble, ...options }: NetworkRatioOptions): RatioEstimator {
  return {
    networks: ensemble,
    fit: async (numerator, denominator, rng): Promise<FittedRatio> => {
      const offset = Math.log(
        positiveSum(numerator.weights, 'the numerator') / positiveSum(denominator.weights, 'the denominator'),
      );
      const members: NetworkMember[] = [];
      for (let k = 0; k < ensemble; k++) {
        members.push(await trainMember(numerator, denominator, options, rng.fork(`network ${k}`)));
      }
      return {
        logRatio: async (features) =>
          (await meanScores(members, features, numerator.width)).map((score) => score + offset),
        dispose: () => disposeAll(members),
      };
    },
    fitFolded: async (problem, rng): Promise<FittedRatio> => {
      const members: FoldedNetwork[] = [];
      for (let k = 0; k < ensemble; k++) {
        const own = rng.fork(`network ${k}`);
        const parts = splitNumbers(problem.truth.weights.length, own.fork('events'));
        members.push(await networkFolding(problem, parts, learningOf(options, parts.kept.length), own));
      }
      return {
        logRatio: (features) => meanScores(members, features, problem.truth.width),
        dispose: () => disposeAll(members),
      };
    },
  };
}

/** [n] the mean of the scores of all networks at rows [n, width]. */
async function meanScores(
  members: readonly NetworkMember[],
  features: Float64Array,
  width: number,
): Promise<Float64Array> {
  const mean = new Float64Array(features.length / width);
  for (const { score } of members)
    for (const [i, value] of (await score(features)).entries()) mean[i]! += value / members.length;
  return mean;
}

function disposeAll(members: readonly NetworkMember[]): void {
  for (const { dispose } of members) dispose();
}

/** One trained network, which sees features as they are. */
interface NetworkMember {
  score(features: Float64Array): Promise<Float32Array>;
  dispose(): void;
}

async function trainMember(
  numerator: WeightedRows,
  denominator: WeightedRows,
  options: NetworkOptions,
  rng: Rng,
): Promise<NetworkMember> {
  const parts = [numerator, denominator].map((rows, i) => split(rows, rng.fork(i === 0 ? 'numerator' : 'denominator')));
  const { width } = numerator;
  const train = labelled(parts[0]!.kept, parts[1]!.kept);
  const held = labelled(parts[0]!.held, parts[1]!.held);
  const scale = standardisation(train.features, width, [...train.labels.keys()]);
  const scaled = (features: Float32Array): Float32Array =>
    standardised(features, scale, [...Array(features.length / width).keys()]);
  const network = await trainNetwork(
    { ...train, features: scaled(train.features) },
    { ...held, features: scaled(held.features) },
    learningOf(options, train.labels.length),
    rng,
  );
  return {
    score: (features) => network.score(scaled(Float32Array.from(features))),
    dispose: () => network.dispose(),
  };
}

function split(rows: WeightedRows, rng: Rng): { readonly kept: WeightedRows; readonly held: WeightedRows } {
  const { kept, held } = splitNumbers(rows.weights.length, rng);
  return { held: pickWeightedRows(rows, held), kept: pickWeightedRows(rows, kept) };
}

function splitNumbers(count: number, rng: Rng): { readonly kept: readonly number[]; readonly held: readonly number[] } {
  const order = rng.shuffle(Array.from({ length: count }, (_, i) => i));
  const held = Math.ceil(HELD * order.length);
  return { held: order.slice(0, held), kept: order.slice(held) };
}

/** Both samples as rows of a classifier, each with half of all the weight. */
function labelled(numerator: WeightedRows, denominator: WeightedRows) {
  const samples = [numerator, denominator];
  const count = samples.reduce((sum, { weights }) => sum + weights.length, 0);
  const weights = samples.map((sample) => {
    const sum = positiveSum(sample.weights, 'events that a network learns from');
    return sample.weights.map((weight) => (weight * count) / (2 * sum));
  });
  return {
    features: Float32Array.from([...numerator.features, ...denominator.features]),
    labels: Float32Array.from({ length: count }, (_, i) => (i < numerator.weights.length ? 1 : 0)),
    weights: Float32Array.from([...weights[0]!, ...weights[1]!]),
  };
}

/** The classifier `network`. */
export const network = component(RatioEstimator, 'network', {
  description: 'A neural network of two hidden layers, or the mean of several, trained anew for every ratio',
  options: z.object({
    ensemble: z.int().min(1).max(100).default(1).describe('Networks, whose logarithms of the ratio are averaged'),
    width: z.int().min(1).default(64).describe('Units of each of the two hidden layers'),
    epochs: z.int().min(1).default(30).describe('Passes over the events at most; fewer once held-back events lose'),
    batchSize: z
      .int()
      .min(1)
      .default(512)
      .describe('Events of one update; fewer where an epoch has less than 20 updates'),
    learningRate: z.number().gt(0).default(2e-3).describe('Learning rate of AdamW'),
    weightDecay: z.number().min(0).default(0.01).describe('Weight decay of AdamW'),
  }),
  create: ({ options }) => networkRatio(options),
});

import * as tf from '@tensorflow/tfjs-core';
import { Module, type Rng } from '@unfold-zoo/core';
import { Linear } from '@unfold-zoo/core/nn';
import { adamW, javaScriptArithmetic } from '@unfold-zoo/core/training';

/** Rows to learn from or to look at, on the host. */
export interface LabelledRows {
  /** Row-major [n, F], standardised. */
  readonly features: Float32Array;
  /** [n], 1 or 0: the odds are those of 1, e.g. of the truth among draws. */
  readonly labels: Float32Array;
  /** [n] of either sign. */
  readonly weights: Float32Array;
}

/** How a network learns. */
export interface NetworkOptions {
  readonly width: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Epochs without a better loss of the rows that are held back after which training ends. */
const PATIENCE = 4;

/** Two hidden layers: the logarithm of the odds that the label of a row is 1. */
class OddsNetwork extends Module {
  readonly first: Linear;
  readonly second: Linear;
  readonly last: Linear;

  constructor(inputs: number, width: number, rng: Rng) {
    super();
    this.first = new Linear({ inputs, outputs: width, activation: 'gelu' }, rng.fork('first'));
    this.second = new Linear({ inputs: width, outputs: width, activation: 'gelu' }, rng.fork('second'));
    // A small last kernel: it begins with even odds.
    const initial = { scale: 0.1, bias: 0 };
    this.last = new Linear({ inputs: width, outputs: 1, initial }, rng.fork('last'));
  }

  /** [B, F] -> [B]. */
  apply(x: tf.Tensor2D): tf.Tensor1D {
    return tf.squeeze(this.last.apply(this.second.apply(this.first.apply(x))), [1]) as tf.Tensor1D;
  }
}

/** A network trained to tell rows of label 1 from those of label 0. */
export interface TrainedNetwork {
  /** [n, F] standardised features -> [n] logarithms of the odds. */
  score(features: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

/**
 * Trains a network by the binary cross-entropy with AdamW, and keeps the weights of the epoch that was best on `held`.
 * The tensors are those of the tfjs backend that is current.
 */
export async function trainNetwork(
  train: LabelledRows,
  held: LabelledRows,
  options: NetworkOptions,
  rng: Rng,
): Promise<TrainedNetwork> {
  const loss = (network: OddsNetwork, rows: Uint32Array): tf.Scalar => lossOf(network, pick(train, rows));
  const inputs = train.features.length / train.labels.length;
  const learning = { inputs, rows: train.labels.length, loss, heldLoss: (of: OddsNetwork) => crossEntropy(of, held) };
  return trainBest(learning, options, rng);
}

/** Rows whose scores are to have a small loss that is not a sum over rows. */
export interface ScoredRows {
  /** Row-major [n, F], standardised. */
  readonly features: Float32Array;
  /** n. */
  readonly rows: number;
  /** Of the scores [B] of a batch of rows. */
  loss(scores: tf.Tensor1D, rows: Uint32Array): tf.Scalar;
}

/** Trains a network as `trainNetwork` does, by any loss of batches. That of `held` is the mean over its batches. */
export async function trainScores(
  train: ScoredRows,
  held: ScoredRows,
  options: NetworkOptions,
  rng: Rng,
): Promise<TrainedNetwork> {
  const inputs = train.features.length / train.rows;
  const lossIn = ({ features, loss }: ScoredRows, network: OddsNetwork, rows: Uint32Array): tf.Scalar =>
    tf.tidy(() => loss(network.apply(tf.tensor2d(rowsAt(features, inputs, rows), [rows.length, inputs])), rows));
  const heldLoss = async (network: OddsNetwork): Promise<number> => {
    let [sum, batches] = [0, 0];
    for (let first = 0; first < held.rows; first += options.batchSize, batches++) {
      const count = Math.min(options.batchSize, held.rows - first);
      const value = lossIn(
        held,
        network,
        Uint32Array.from({ length: count }, (_, i) => first + i),
      );
      sum += (await value.data())[0]!;
      value.dispose();
    }
    return sum / batches;
  };
  const loss = (network: OddsNetwork, rows: Uint32Array): tf.Scalar => lossIn(train, network, rows);
  return trainBest({ inputs, rows: train.rows, loss, heldLoss }, options, rng);
}

/** What a network is trained by. */
interface Learning {
  readonly inputs: number;
  readonly rows: number;
  loss(network: OddsNetwork, rows: Uint32Array): tf.Scalar;
  heldLoss(network: OddsNetwork): Promise<number>;
}

/** Trains until the loss of what is held back no longer falls, and keeps the weights of the best epoch. */
async function trainBest(learning: Learning, options: NetworkOptions, rng: Rng): Promise<TrainedNetwork> {
  const network = new OddsNetwork(learning.inputs, options.width, rng.fork('network'));
  const step = optimisationStep(network, learning.loss, options);
  const order = rng.fork('order');
  let best = { loss: await learning.heldLoss(network), epoch: 0, weights: await weightsOf(network) };
  for (let epoch = 1; epoch <= options.epochs && epoch - best.epoch <= PATIENCE; epoch++) {
    for (const rows of shuffledBatches(learning.rows, options.batchSize, order)) await step(rows);
    const loss = await learning.heldLoss(network);
    if (loss < best.loss) best = { loss, epoch, weights: await weightsOf(network) };
  }
  assign(network, best.weights);
  return { score: (features) => scores(network, features), dispose: () => network.dispose() };
}

/** One update of all weights by the gradient of a batch. */
function optimisationStep(
  network: OddsNetwork,
  loss: Learning['loss'],
  options: NetworkOptions,
): (rows: Uint32Array) => Promise<void> {
  const { learningRate, weightDecay } = options;
  const optimiser = adamW({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay });
  const parameters = network.parameters;
  const zeros = () => parameters.map(({ size }) => new Float32Array(size));
  const [first, second] = [zeros(), zeros()];
  let step = 0;
  return async (rows) => {
    const { value, grads } = tf.variableGrads(() => loss(network, rows), parameters as tf.Variable[]);
    const gradients = await Promise.all(parameters.map(({ name }) => grads[name]!.data<'float32'>()));
    tf.dispose([value, grads]);
    const weights = (await weightsOf(network)).map((values) => values.slice());
    step += 1;
    const moments = { first, second };
    optimiser.update({ step, learningRate, scale: 1, gradients, weights, moments }, javaScriptArithmetic);
    assign(network, weights);
  };
}

/** Mean of ln(1 + e^s) - label s, s the logarithm of the odds. */
function lossOf(network: OddsNetwork, { features, labels, weights }: LabelledRows): tf.Scalar {
  return tf.tidy(() => {
    const score = network.apply(tf.tensor2d(features, [labels.length, features.length / labels.length]));
    const losses = tf.sub(tf.softplus(score), tf.mul(tf.tensor1d(labels), score));
    return tf.div(tf.sum(tf.mul(tf.tensor1d(weights), losses)), labels.length) as tf.Scalar;
  });
}

async function crossEntropy(network: OddsNetwork, { features, labels, weights }: LabelledRows): Promise<number> {
  const found = await scores(network, features);
  return found.reduce((sum, score, i) => sum + weights[i]! * (softplus(score) - labels[i]! * score), 0);
}

function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Rows that go through the network at once. */
const ROWS_AT_ONCE = 4096;

async function scores(network: OddsNetwork, features: Float32Array): Promise<Float32Array> {
  const inputs = network.first.kernel.shape[0];
  const found = new Float32Array(features.length / inputs);
  for (let row = 0; row < found.length; row += ROWS_AT_ONCE) {
    const own = features.subarray(row * inputs, Math.min(row + ROWS_AT_ONCE, found.length) * inputs);
    const score = tf.tidy(() => network.apply(tf.tensor2d(own, [own.length / inputs, inputs])));
    found.set(await score.data<'float32'>(), row);
    score.dispose();
  }
  return found;
}

function weightsOf(network: OddsNetwork): Promise<Float32Array[]> {
  return Promise.all(network.parameters.map((parameter) => parameter.data<'float32'>()));
}

function assign(network: OddsNetwork, weights: readonly Float32Array[]): void {
  tf.tidy(() => {
    for (const [i, parameter] of network.parameters.entries())
      parameter.assign(tf.tensor(weights[i]!, parameter.shape));
  });
}

function* shuffledBatches(count: number, size: number, rng: Rng): Generator<Uint32Array> {
  const order = rng.shuffle(Uint32Array.from({ length: count }, (_, i) => i));
  for (let first = 0; first < count; first += size) yield order.subarray(first, Math.min(first + size, count));
}

function pick({ features, labels, weights }: LabelledRows, rows: Uint32Array): LabelledRows {
  const own = rowsAt(features, features.length / labels.length, rows);
  return { features: own, labels: valuesAt(labels, rows), weights: valuesAt(weights, rows) };
}

function rowsAt(features: Float32Array, width: number, rows: Uint32Array): Float32Array {
  const own = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries()) own.set(features.subarray(row * width, (row + 1) * width), i * width);
  return own;
}

function valuesAt(values: Float32Array, rows: Uint32Array): Float32Array {
  return Float32Array.from(rows, (row) => values[row]!);
}

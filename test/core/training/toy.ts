import * as tf from '@tensorflow/tfjs-core';
import {
  type EventBatch,
  type EventSource,
  type EventSpec,
  type GenerativeModel,
  type HostEvents,
  Module,
  type Observation,
  type Parameter,
  type Posterior,
  Rng,
  type Split,
  type StageLoss,
  type TrainingStage,
} from '@unfold-zoo/core';
import { fitScaling, partonWidth } from '@unfold-zoo/core/events';
import { type TrainingOptions, type TrainingRun, trainingOptions } from '@unfold-zoo/core/training';
import { onlyWorker } from '@unfold-zoo/core/workers';

const spec: EventSpec = {
  name: 'toy',
  particles: [{ name: 'z', label: 'Z' }],
  inputs: { objects: { features: [{ name: 'x', unit: '', scaling: 'standard' }], capacity: 2 } },
};

/** Events in memory whose partons follow their one object. */
export class ToySource implements EventSource {
  readonly spec = spec;
  readonly blockSize = 16;
  readonly #events: Record<Split, HostEvents>;

  constructor(counts: Record<Split, number> = { train: 100, validation: 20, test: 20 }) {
    const rng = new Rng(11);
    this.#events = {
      train: simulate(counts.train, rng.fork('train')),
      validation: simulate(counts.validation, rng.fork('validation')),
      test: simulate(counts.test, rng.fork('test')),
    };
  }

  async open(): Promise<void> {}
  async close(): Promise<void> {}
  hasTruth(): boolean {
    return true;
  }
  count(split: Split): number {
    return this.#events[split].size;
  }
  async read(split: Split, start: number, count: number): Promise<HostEvents> {
    const { partons, inputs } = this.#events[split];
    const { features, mask } = inputs['objects']!;
    return {
      size: count,
      partons: partons!.slice(5 * start, 5 * (start + count)),
      inputs: {
        objects: {
          features: features.slice(2 * start, 2 * (start + count)),
          mask: mask.slice(2 * start, 2 * (start + count)),
        },
      },
    };
  }
}

function simulate(size: number, rng: Rng): HostEvents {
  const features = new Float32Array(2 * size);
  const mask = new Float32Array(2 * size);
  const partons = new Float32Array(partonWidth(spec) * size);
  for (let i = 0; i < size; i++) {
    features[2 * i] = rng.normal();
    mask[2 * i] = 1;
    for (let j = 0; j < 5; j++) partons[5 * i + j] = (j + 1) * features[2 * i]! + rng.normal();
  }
  return { size, partons, inputs: { objects: { features, mask } } };
}

/** Linear regression in two stages: a slope, then an offset, with noise so that the random streams matter. */
export class ToyModel extends Module implements GenerativeModel {
  readonly slope = tf.variable(tf.zeros([1, 5]));
  readonly offset = tf.variable(tf.zeros([5]));
  readonly stages = this.stagesWith([this.slope]);
  /** Makes the loss infinite at this call. */
  explodeAt = Number.POSITIVE_INFINITY;
  drawSpread: tf.Tensor1D | number = 0.5;
  #calls = 0;

  protected stagesWith(first: readonly Parameter[]): readonly TrainingStage[] {
    const loss = this.loss.bind(this);
    return [
      { name: 'slope', groups: [{ name: 'network', parameters: first }], loss },
      { name: 'offset', groups: [{ name: 'network', parameters: [this.offset] }], loss },
    ];
  }

  private loss({ partons, observed }: EventBatch, rng: Rng): StageLoss {
    const x = tf.slice(observed['objects']!.features, [0, 0, 0], [-1, 1, 1]);
    const predicted = tf.add(tf.matMul(tf.reshape(x, [-1, 1]), this.slope as unknown as tf.Tensor2D), this.offset);
    const noise = rng.normalTensor(partons.shape[0], 5);
    const error: tf.Scalar = tf.mean(tf.square(tf.sub(partons, tf.add(predicted, tf.mul(0.1, noise)))));
    const scale = this.#calls++ === this.explodeAt ? Number.POSITIVE_INFINITY : 1;
    return { terms: { error: tf.mul(error, scale) }, monitored: { bias: tf.mean(this.offset) } };
  }

  /** Normal about the regression, of standard deviation `drawSpread` in standardised columns. */
  posterior(observed: Observation): Posterior {
    const x = tf.slice(observed['objects']!.features, [0, 0, 0], [-1, 1, 1]);
    const mean = tf.keep(
      tf.add(tf.matMul(tf.reshape(x, [-1, 1]), this.slope as unknown as tf.Tensor2D), this.offset) as tf.Tensor2D,
    );
    return {
      events: mean.shape[0],
      draw: (rng, draws = 1) =>
        tf.tidy(() => {
          const repeated = tf.reshape(tf.tile(tf.expandDims(mean, 1), [1, draws, 1]), [-1, mean.shape[1]]);
          return tf.add(repeated, tf.mul(this.drawSpread, rng.normalTensor(repeated.shape[0]!, mean.shape[1])));
        }),
      dispose: () => mean.dispose(),
    };
  }
}

/** Options of a short training. */
export function shortTraining(options: Record<string, unknown> = {}): TrainingOptions {
  const short = { batchSize: 8, steps: 20, learningRate: 0.05, ema: 0.9, validateEvery: 7, checkpointEvery: 5 };
  return trainingOptions.parse({ ...short, ...options });
}

/** A run of the toy, short of what a test sets itself. */
export async function toyRun(directory: string, run: Partial<TrainingRun> = {}): Promise<TrainingRun> {
  const source = run.source ?? new ToySource();
  return {
    directory,
    model: new ToyModel(),
    source,
    scaling: run.scaling ?? (await fitScaling(source)),
    options: shortTraining(),
    rng: new Rng(4),
    reporters: [],
    communicator: onlyWorker(),
    engine: { label: 'cpu' },
    ...run,
  };
}

import '../tfjs.js';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { EventSpec, GenerativeModel, Rng, Scaling } from '@unfold-zoo/core';
import { type Catalogue, type Choices, service } from '@unfold-zoo/core/config';
import { fitScaling, toObservation } from '@unfold-zoo/core/events';
import { type TrainingOptions, type TrainingRun, train } from '@unfold-zoo/core/training';
import { onlyWorker } from '@unfold-zoo/core/workers';
import { isAddonBuilt, nativeEngine } from '@unfold-zoo/engine-native';
import { useBackend } from '../core/nn/backends.js';
import { ToySource } from '../core/training/toy.js';

/** Starts the fastest engine there is: the native one where it was built. */
export async function startEngine(): Promise<void> {
  if (isAddonBuilt()) await nativeEngine({ threads: 1 }).start();
  else await useBackend('wasm');
}

const source = new ToySource();
const scaling = await fitScaling(source);
const DRAWS = 3;

/** The model of those choices for the events of the toy. */
export function assemble(catalogue: Catalogue, choices: Choices): GenerativeModel {
  return catalogue.assemble(GenerativeModel, choices, new Rng(2), [
    service(EventSpec, source.spec),
    service(Scaling, scaling),
  ]);
}

/** What became of a short run. */
export interface ShortRun {
  readonly stages: number;
  readonly steps: number;
  readonly losses: readonly number[];
  /** [draws, P]. */
  readonly shape: readonly number[];
  readonly draws: Float32Array;
  readonly leaked: number;
}

/**
 * Trains a model for as many steps as the options say, in each of its stages, draws once, and frees it. `updates` says
 * how its weights are updated, unless as the options say.
 */
export async function shortRun(
  create: () => GenerativeModel,
  options: TrainingOptions,
  updates: Pick<TrainingRun, 'optimiser' | 'learningRate'> = {},
): Promise<ShortRun> {
  const before = tf.memory().numTensors;
  const directory = mkdtempSync(join(tmpdir(), 'unfold-composition-'));
  try {
    const model = create();
    const losses: number[] = [];
    const reporters = [{ onStep: ({ loss }: { loss: number }) => void losses.push(loss) }];
    const communicator = onlyWorker();
    const rng = new Rng(4);
    const engine = { label: tf.getBackend() };
    const run = { directory, model, source, scaling, options, rng, reporters, communicator, engine, ...updates };
    const { step } = await train(run);
    const host = await source.read('test', 0, DRAWS);
    const observed = toObservation(host, source.spec, scaling);
    const posterior = model.posterior(observed);
    const drawn = posterior.draw(new Rng(3));
    posterior.dispose();
    const result = { stages: model.stages.length, shape: drawn.shape, draws: drawn.dataSync() as Float32Array };
    drawn.dispose();
    tf.dispose(observed as unknown as tf.TensorContainer);
    model.dispose();
    return { ...result, steps: step, losses, leaked: tf.memory().numTensors - before };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KernelBackend } from '@tensorflow/tfjs-core';
import type { EventSpec, GenerativeModel } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import type { EventScaling } from '@unfold-zoo/core/events';
import { sha256 } from '@unfold-zoo/core/files';
import { loadWeights } from '@unfold-zoo/core/training';
import type { Log } from '../run/log.js';
import type { RunDirectory } from '../run/run-directory.js';
import { assembleModel, assembleRepresentation } from '../run/session.js';

/** A trained model, its weights read. */
export interface TrainedModel {
  /** Makes the model on the tfjs backend that is current then. Whoever makes it disposes it. */
  make(): GenerativeModel;
  readonly spec: EventSpec;
  readonly scaling: EventScaling;
  /** Folder of the checkpoint whose weights it has. */
  readonly checkpoint: string;
  /** SHA-256 of the weights in it, moving averages aside. */
  readonly hash: string;
}

/** A trained model, ready to draw. */
export interface DrawingModel extends Omit<TrainedModel, 'make'> {
  readonly model: GenerativeModel;
  /** Where its weights lie. They are gone when another takes its place. */
  readonly backend: KernelBackend;
}

/** What a model is made from. */
export interface TrainedParts {
  readonly directory: RunDirectory;
  readonly config: Config;
  readonly spec: EventSpec;
  readonly backend: KernelBackend;
  readonly log: Log;
}

/**
 * Builds the model of a run with the weights of a checkpoint: `latest`, `best` or `step-N`.
 * @throws UserError for a run that is not trained, and a checkpoint that is missing or damaged.
 */
export function loadDrawingModel({ backend, ...parts }: TrainedParts, name: string): DrawingModel {
  const { make, ...trained } = readTrainedModel(parts, name);
  return { ...trained, model: make(), backend };
}

/** Reads what the model of a run is made from; see `loadDrawingModel`. @throws UserError as it does. */
export function readTrainedModel(parts: Omit<TrainedParts, 'backend'>, name: string): TrainedModel {
  const { directory, config, spec, log } = parts;
  const { weights, path, hash } = readTrained(directory, name, log);
  const scaling = directory.scaling(spec, assembleRepresentation(config, spec));
  const make = (): GenerativeModel => {
    const model = assembleModel(config, spec, scaling);
    loadWeights(model, weights, path);
    return model;
  };
  return { make, spec, scaling, checkpoint: path, hash };
}

// Of a run in training, a checkpoint may be removed in favour of newer ones while it is read.
function readTrained(directory: RunDirectory, name: string, log: Log, attempts = 5) {
  const { content: weights, path } = directory.samplingWeights(name, log);
  try {
    const bytes = readFileSync(join(path, 'weights.safetensors'));
    return { weights, path, hash: sha256([bytes]) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempts === 1) throw error;
    return readTrained(directory, name, log, attempts - 1);
  }
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../errors.js';
import { flushFolder, writeAndFlush } from '../../files/atomic-file.js';
import { readJson } from '../../files/read-json.js';
import { encodeSafetensors, type HostTensor, readSafetensors } from '../../files/safetensors.js';
import { sha256 } from '../../files/sha256.js';
import { CHECKSUMS_FILE, formatChecksums, verifyChecksums } from './checksums.js';

const count = z.int().min(0);

const trainingState = z.strictObject({
  /** Steps done since the start of the run, over all stages. */
  step: count,
  /** The stage in progress and the steps done in it. */
  stage: z.string(),
  stageStep: count,
  /** The stage is done; the next one, if any, is to begin. */
  finished: z.boolean(),
  /** The lowest validation loss of the stage so far, or lowest score of draws, and the evaluations since. */
  bestLoss: z.number().nullable(),
  /** The score that it is; absent for the loss. */
  bestBy: z.string().optional(),
  validationsSinceBest: count,
  elapsedSeconds: z.number().min(0),
  /** Updates made by each group's optimiser. */
  optimiserSteps: z.record(z.string(), count),
  /** Workers that shared the batches; absent in checkpoints of before there were several. */
  world: z.int().min(1).optional(),
});

/** Where a run stands, beside its tensors. */
export type TrainingState = Readonly<z.output<typeof trainingState>>;

/** Everything a run needs to go on as if it had never stopped. */
export interface Checkpoint {
  readonly state: TrainingState;
  readonly weights: ReadonlyMap<string, HostTensor>;
  readonly optimiser: ReadonlyMap<string, HostTensor>;
  /** The moving average of the weights, if the run keeps one: what sampling uses. */
  readonly average?: ReadonlyMap<string, HostTensor>;
}

const FILES = {
  weights: 'weights.safetensors',
  optimiser: 'optimizer.safetensors',
  average: 'average.safetensors',
  state: 'state.json',
};

/** Writes a checkpoint and the checksums of its files into a folder that is there, and flushes all of it. */
export function writeCheckpoint(folder: string, { state, weights, optimiser, average }: Checkpoint): void {
  const checksums = new Map<string, string>();
  const write = (name: string, parts: readonly (string | Uint8Array)[]): void => {
    checksums.set(name, sha256(parts));
    writeAndFlush(join(folder, name), parts);
  };
  const metadata = { format: 'unfold-zoo', step: String(state.step) };
  write(FILES.weights, encodeSafetensors(weights, metadata));
  write(FILES.optimiser, encodeSafetensors(optimiser, metadata));
  if (average) write(FILES.average, encodeSafetensors(average, metadata));
  write(FILES.state, [`${JSON.stringify(state, null, 2)}\n`]);
  writeAndFlush(join(folder, CHECKSUMS_FILE), [formatChecksums(checksums)]);
  flushFolder(folder);
}

/**
 * Checks that a checkpoint's files are as they were written; one of an older version, which has no checksums, that they
 * can be read. Throws a `UserError` that names the first file in which something is wrong.
 */
export function verifyCheckpoint(path: string): void {
  if (!hasChecksums(path)) readFiles(path);
  else
    verifyChecksums(
      path,
      Object.values(FILES).filter((name) => name !== FILES.average || hasAverage(path)),
    );
}

/** Reads a checkpoint folder. Throws a `UserError` if it is damaged. */
export function readCheckpoint(path: string): Checkpoint {
  if (hasChecksums(path)) verifyCheckpoint(path);
  return readFiles(path);
}

/**
 * The weights to sample with: the moving average where there is one.
 * @throws UserError if the checkpoint is damaged.
 */
export function readSamplingWeights(path: string): ReadonlyMap<string, HostTensor> {
  verifyCheckpoint(path);
  return readFiniteTensors(join(path, hasAverage(path) ? FILES.average : FILES.weights));
}

/** Where the run of a checkpoint stood. @throws UserError for a file that does not say so. */
export function readCheckpointState(path: string): TrainingState {
  return readJson(join(path, FILES.state), trainingState, 'the state of a checkpoint');
}

function hasChecksums(path: string): boolean {
  return existsSync(join(path, CHECKSUMS_FILE));
}

function hasAverage(path: string): boolean {
  return existsSync(join(path, FILES.average));
}

function readFiles(path: string): Checkpoint {
  return {
    state: readCheckpointState(path),
    weights: readFiniteTensors(join(path, FILES.weights)),
    optimiser: readFiniteTensors(join(path, FILES.optimiser)),
    ...(hasAverage(path) ? { average: readFiniteTensors(join(path, FILES.average)) } : {}),
  };
}

/** @throws UserError also for a tensor with a number that is not finite: one makes all that a model computes NaN. */
function readFiniteTensors(path: string): ReadonlyMap<string, HostTensor> {
  const { tensors } = readSafetensors(path);
  for (const [name, { values }] of tensors) {
    const index = values.findIndex((value) => !Number.isFinite(value));
    if (index < 0) continue;
    throw new UserError(
      `invalid ${path}: number ${index} of tensor "${name}" is ${values[index]}; expected finite numbers alone`,
    );
  }
  return tensors;
}

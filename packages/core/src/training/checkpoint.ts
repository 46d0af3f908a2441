import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { asWriteError, writeAndFlush, writeFileAtomically } from '../atomic-file.js';
import { UserError } from '../errors.js';
import { type HostTensor, readSafetensors, writeSafetensors } from '../safetensors.js';

const count = z.int().min(0);

const trainingState = z.strictObject({
  /** Steps done since the start of the run, over all stages. */
  step: count,
  /** The stage in progress and the steps done in it. */
  stage: z.string(),
  stageStep: count,
  /** The stage is done; the next one, if any, is to begin. */
  finished: z.boolean(),
  /** The lowest validation loss of the stage so far, and the validations since. */
  bestLoss: z.number().nullable(),
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

const FILES = { weights: 'weights.safetensors', optimiser: 'optimizer.safetensors', average: 'average.safetensors' };

/** The checkpoints of one run: `checkpoints/step-N/`, each complete or absent, and the pointers `latest` and `best`. */
export class CheckpointStore {
  readonly #directory: string;

  constructor(runDirectory: string) {
    this.#directory = join(runDirectory, 'checkpoints');
  }

  /** Writes a checkpoint to a temporary name, flushes and renames it, moves the pointers, and prunes old ones. */
  save(checkpoint: Checkpoint, { best, keep }: { readonly best: boolean; readonly keep: number }): string {
    const name = `step-${checkpoint.state.step}`;
    const path = this.pathOf(checkpoint.state.step);
    const temporary = join(this.#directory, `.${name}.tmp-${process.pid}`);
    try {
      rmSync(temporary, { recursive: true, force: true });
      mkdirSync(temporary, { recursive: true });
      writeCheckpoint(temporary, checkpoint);
      rmSync(path, { recursive: true, force: true });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw asWriteError(path, error);
    }
    writeFileAtomically(join(this.#directory, 'latest'), `${name}\n`);
    if (best) writeFileAtomically(join(this.#directory, 'best'), `${name}\n`);
    this.#prune(keep);
    return path;
  }

  /** Where the checkpoint of a step is or will be. */
  pathOf(step: number): string {
    return join(this.#directory, `step-${step}`);
  }

  /** The path of the checkpoint named `latest`, `best` or `step-N`; undefined if there is none. */
  find(name: string): string | undefined {
    const pointer = join(this.#directory, name);
    const target = name === 'latest' || name === 'best' ? readPointer(pointer) : name;
    const path = target && join(this.#directory, target);
    return path && existsSync(join(path, 'state.json')) ? path : undefined;
  }

  /** Names of the checkpoints that exist, oldest first. */
  list(): string[] {
    if (!existsSync(this.#directory)) return [];
    const names = readdirSync(this.#directory).filter((name) => /^step-\d+$/.test(name));
    return names.sort((a, b) => stepOf(a) - stepOf(b));
  }

  #prune(keep: number): void {
    const kept = new Set(['latest', 'best'].map((name) => readPointer(join(this.#directory, name))));
    for (const name of this.list().slice(0, -keep)) {
      if (!kept.has(name)) rmSync(join(this.#directory, name), { recursive: true, force: true });
    }
  }
}

function writeCheckpoint(directory: string, { state, weights, optimiser, average }: Checkpoint): void {
  const metadata = { format: 'unfold-zoo', step: String(state.step) };
  writeSafetensors(join(directory, FILES.weights), weights, metadata);
  writeSafetensors(join(directory, FILES.optimiser), optimiser, metadata);
  if (average) writeSafetensors(join(directory, FILES.average), average, metadata);
  writeAndFlush(join(directory, 'state.json'), [`${JSON.stringify(state, null, 2)}\n`]);
}

/** Reads a checkpoint folder. */
export function readCheckpoint(path: string): Checkpoint {
  const average = join(path, FILES.average);
  return {
    state: readState(join(path, 'state.json')),
    weights: readSafetensors(join(path, FILES.weights)).tensors,
    optimiser: readSafetensors(join(path, FILES.optimiser)).tensors,
    ...(existsSync(average) ? { average: readSafetensors(average).tensors } : {}),
  };
}

/** The weights to sample with: the moving average where there is one. */
export function readSamplingWeights(path: string): ReadonlyMap<string, HostTensor> {
  const average = join(path, FILES.average);
  return readSafetensors(existsSync(average) ? average : join(path, FILES.weights)).tensors;
}

function readState(path: string): TrainingState {
  try {
    return trainingState.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const detail = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    throw new UserError(`invalid ${path}: ${detail}; expected the state of a checkpoint`);
  }
}

function readPointer(path: string): string | undefined {
  return existsSync(path) ? basename(readFileSync(path, 'utf8').trim()) : undefined;
}

function stepOf(name: string): number {
  return Number(name.slice('step-'.length));
}

import type { EventSource } from '../contracts/events/event-source.js';
import type { GenerativeModel } from '../contracts/model/generative-model.js';
import type { Communicator } from '../contracts/training/communicator.js';
import type { Engine } from '../contracts/training/engine.js';
import type { LearningRate } from '../contracts/training/learning-rate.js';
import type { Optimiser } from '../contracts/training/optimiser.js';
import type { Reporter } from '../contracts/training/reporter.js';
import type { EventScaling } from '../events/scaling.js';
import type { Rng } from '../rng.js';
import type { Checkpoint } from './checkpoints/checkpoint.js';
import type { TrainingOptions } from './training-options.js';

/** Everything a training needs. */
export interface TrainingRun {
  readonly directory: string;
  readonly model: GenerativeModel;
  /** Open, and with the truth of its training split. */
  readonly source: EventSource;
  readonly scaling: EventScaling;
  readonly options: TrainingOptions;
  /** Absent: Adam, as `options.adam` has it. */
  readonly optimiser?: Optimiser;
  /** Absent: as `learningRate`, `warmupSteps`, `decay` and `fineTune` of `options` say. */
  readonly learningRate?: LearningRate;
  readonly rng: Rng;
  readonly reporters: readonly Reporter[];
  readonly communicator: Communicator;
  /** Started. */
  readonly engine: Pick<Engine, 'label' | 'hostArithmetic' | 'stepRepeater'>;
  /** Where to go on from, the same on every worker: see `shareCheckpoint`. */
  readonly resume?: Resume;
  /** Aborted to stop after the step in progress, with a checkpoint. */
  readonly signal?: AbortSignal;
}

/** A checkpoint to go on from. */
export interface Resume {
  readonly path: string;
  readonly checkpoint: Checkpoint;
}

/** How a training ended. */
export interface TrainingResult {
  readonly outcome: 'finished' | 'interrupted' | 'out of time';
  readonly step: number;
  /** Path of the last checkpoint. */
  readonly checkpoint: string;
  readonly elapsedSeconds: number;
}

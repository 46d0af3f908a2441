import type { DistanceReport } from '@unfold-zoo/metrics';
import type { OnProgress, Progress } from '../../progress/progress.js';
import type { SamplingPlan } from '../folder/run-record.js';

/** What a child process of a benchmark is to do. */
export type Task = ModelTask | FloorTask;

/** Train, sample and evaluate what is not done yet. */
export interface ModelTask {
  readonly kind: 'model';
  /** Folder of the run, which has its config and its record. */
  readonly run: string;
  /** Events sampled at once. */
  readonly batch: number;
  readonly bootstrap: number;
  /** Draws by which the posteriors of single events are judged; absent where they are not. */
  readonly calibration?: SamplingPlan;
}

/** Compare the truth with an independent truth. */
export interface FloorTask {
  readonly kind: 'floor';
  /** Folder of a run: its data and metrics count. */
  readonly run: string;
  readonly events: number;
  readonly predictions: number;
  readonly bootstrap: number;
}

/** A task as progress calls it. */
export interface NamedTask {
  readonly label: string;
  readonly task: Task;
  /** How long it takes, as far as is known now: the longest is done first. */
  cost(): number;
}

/** What a child says. */
export type TaskMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'floor'; readonly report: DistanceReport | null }
  | { readonly type: 'done' };

/** How a task is stopped, and to whom it tells how far it is. */
export interface Telling {
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  tell(message: TaskMessage): Promise<void>;
}

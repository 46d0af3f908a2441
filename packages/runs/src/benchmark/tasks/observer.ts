import type { OnProgress, Progress } from '../../progress/progress.js';

/** Told how the parts of a benchmark get on: each is a model, or the floor, by its label. */
export interface BenchmarkObserver {
  /** Before the first: all that are left to do. */
  onBegin?(labels: readonly string[]): void;
  /** `place` says where, if it is another of the ranks that a launcher has started: `rank 1 on node7`. */
  onStart?(label: string, place?: string): void;
  onProgress?(label: string, progress: Progress): void;
  onEnd?(label: string): void;
  /** Something to tell the user, e.g. that a model is trained. */
  onNote?(text: string): void;
  /** While the events are made that all models share. */
  onData?: OnProgress;
}

import type { TaskOutcome, ToldMessage } from './do-in-process.js';
import type { NamedTask } from './task.js';

/** Where one task after the other can be done. */
export interface Place {
  /** For messages and progress, e.g. `rank 1 on node7`; absent for this process's own. */
  readonly name?: string;
  /** Aborted when it is lost, and with it what it was at. */
  readonly gone?: AbortSignal;
  /**
   * Does a task, and tells how far it is; `lost` if the place is.
   * @param signal aborted to stop after the step.
   */
  do(task: NamedTask, tell: (message: ToldMessage) => void, signal: AbortSignal): Promise<TaskOutcome | 'lost'>;
}

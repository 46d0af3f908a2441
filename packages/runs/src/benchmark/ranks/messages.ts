import type { TaskOutcome, ToldMessage } from '../tasks/do-in-process.js';
import type { Task } from '../tasks/task.js';

/** What rank 0 says to another. */
export type FromRankZero =
  /** It is expected: nobody else has its number. */
  | { readonly type: 'welcome' }
  | { readonly type: 'task'; readonly id: number; readonly task: Task }
  /** Stop every model after its step. */
  | { readonly type: 'stop' }
  /** Nothing is left to do. */
  | { readonly type: 'end' };

/** What another rank says to rank 0. */
export type ToRankZero =
  | { readonly type: 'here'; readonly rank: number; readonly host: string; readonly jobs: number }
  | { readonly type: 'told'; readonly id: number; readonly message: ToldMessage }
  | { readonly type: 'outcome'; readonly id: number; readonly outcome: TaskOutcome }
  /** It was asked to stop, and so all should. */
  | { readonly type: 'stop' };

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import { environmentOfOne, ownProcessors } from '@unfold-zoo/core/workers';
import type { DistanceReport } from '@unfold-zoo/metrics';
import type { Task, TaskMessage } from './task.js';

const SCRIPT = fileURLToPath(new URL('task-process.js', import.meta.url));
/** What a process prints before it dies says why; so much of it is kept. */
const KEPT_OUTPUT = 2000;

/** How a task ended. */
export type TaskOutcome =
  /** The floor is null where there are too few events for one. */
  | { readonly state: 'done'; readonly floor?: DistanceReport | null }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'interrupted' };

/** What a task tells before it ends. */
export type ToldMessage = Extract<TaskMessage, { type: 'progress' | 'note' }>;

/** The processes that tasks are done in, each with its share of the processors. Nothing is left of them after it. */
export class TaskProcesses implements Disposable {
  readonly #running = new Set<ChildProcess>();
  readonly #threads: number;
  readonly #lock: number | undefined;
  readonly #killAll = (): void => {
    for (const child of this.#running) child.kill('SIGKILL');
  };

  /**
   * @param jobs at most so many at once.
   * @param lock an open lock, which every process holds until it has ended, should this one be killed before.
   */
  constructor(jobs: number, lock?: number) {
    this.#threads = Math.max(1, Math.floor(ownProcessors() / jobs));
    this.#lock = lock;
    // Whatever ends this process, nothing may be left of it.
    process.once('exit', this.#killAll);
  }

  // In a group of its own: Ctrl-C on a terminal reaches this process alone, which then stops the others in order.
  start(task: Task): ChildProcess {
    const isWindows = process.platform === 'win32';
    const lock = isWindows || this.#lock === undefined ? [] : [this.#lock];
    const child = spawn(process.execPath, [SCRIPT, JSON.stringify(task)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...lock],
      detached: !isWindows,
      env: { OMP_NUM_THREADS: String(this.#threads), ...environmentOfTask() },
    });
    this.#running.add(child);
    child.once('close', () => this.#running.delete(child));
    return child;
  }

  [Symbol.dispose](): void {
    process.off('exit', this.#killAll);
    this.#killAll();
  }
}

/** How a task is done in a process of its own. */
export interface InProcess {
  readonly processes: TaskProcesses;
  /** Aborted to stop it after its step. */
  readonly signal: AbortSignal;
  tell(message: ToldMessage): void;
}

/** Does a task in a process of its own. */
export function doInProcess(task: Task, { processes, signal, tell }: InProcess): Promise<TaskOutcome> {
  const child = processes.start(task);
  const stop = (): void => void child.kill('SIGTERM');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return new Promise((resolve) => {
    let last: TaskOutcome | undefined;
    let printed = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-KEPT_OUTPUT);
    });
    child.on('message', (message: TaskMessage) => {
      if (message.type === 'progress' || message.type === 'note') tell(message);
      else if (message.type === 'failed') last = { state: 'failed', reason: message.reason };
      else last = outcomeOf(message, last);
    });
    const end = (outcome: TaskOutcome): void => {
      signal.removeEventListener('abort', stop);
      resolve(outcome);
    };
    child.on('error', (error) => end({ state: 'failed', reason: error.message }));
    child.on('close', (code, killedBy) => {
      if (last?.state === 'failed') return end(last);
      if (code === 0 && last) return end(last);
      if (signal.aborted || code === EXIT.interrupted) return end({ state: 'interrupted' });
      end({ state: 'failed', reason: `${endOf(code, killedBy)}${lastWords(printed)}` });
    });
  });
}

function outcomeOf(message: Extract<TaskMessage, { type: 'floor' | 'done' }>, before?: TaskOutcome): TaskOutcome {
  if (message.type === 'done') return before ?? { state: 'done' };
  return { state: 'done', floor: message.report };
}

/**
 * A benchmark may be one of the processes of mpirun; what it starts is none of them, and must not join in their place.
 */
function environmentOfTask(): NodeJS.ProcessEnv {
  const others = Object.entries(environmentOfOne()).filter(([name]) => !/^(OMPI|PMIX|PMI|PRTE|HYDRA|HYDI)_/.test(name));
  return Object.fromEntries(others);
}

function endOf(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'killed by SIGKILL: perhaps the memory ran out, and fewer jobs at once need less';
  return signal ? `killed by ${signal}` : `its process ended with code ${code}`;
}

function lastWords(printed: string): string {
  const lines = printed.trim().split('\n').slice(-5).join('\n');
  return lines === '' ? '' : `; it said last:\n${lines}`;
}

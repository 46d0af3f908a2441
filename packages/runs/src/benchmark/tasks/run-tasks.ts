import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import { environmentOfOne } from '@unfold-zoo/core/workers';
import type { DistanceReport } from '@unfold-zoo/metrics';
import type { BenchmarkObserver } from './observer.js';
import type { Task, TaskMessage } from './task.js';

const SCRIPT = fileURLToPath(new URL('task-process.js', import.meta.url));
/** What a process prints before it dies says why; so much of it is kept. */
const KEPT_OUTPUT = 2000;

/** A task as progress calls it. */
export interface NamedTask {
  readonly label: string;
  readonly task: Task;
}

/** How a task ended. */
export type TaskOutcome =
  /** The floor is null where there are too few events for one. */
  | { readonly state: 'done'; readonly floor?: DistanceReport | null }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'interrupted' };

/** How to do tasks side by side. */
export interface SideBySide {
  /** At most so many processes at once. */
  readonly jobs: number;
  readonly observer: BenchmarkObserver;
  /** Aborted to stop every process after its step. */
  readonly signal: AbortSignal;
  /** The open lock of the folder, which every process holds until it has ended, should this one be killed before. */
  readonly lock: number;
}

/**
 * Does every task in a process of its own, `jobs` at once, each with its share of the processors. One that fails stops
 * no other. Returns how each ended, in the order of the tasks.
 */
export async function runTasks(tasks: readonly NamedTask[], options: SideBySide): Promise<TaskOutcome[]> {
  const outcomes: TaskOutcome[] = tasks.map(() => ({ state: 'interrupted' }));
  const processes = new Set<ChildProcess>();
  const killAll = (): void => {
    for (const child of processes) child.kill('SIGKILL');
  };
  // Whatever ends this process, nothing may be left of it.
  process.once('exit', killAll);
  const threads = Math.max(1, Math.floor(availableParallelism() / Math.min(options.jobs, tasks.length)));
  const queue = tasks.entries();
  const worker = async (): Promise<void> => {
    for (const [i, task] of queue) {
      if (options.signal.aborted) return;
      outcomes[i] = await runTask(task, { ...options, processes, threads });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(options.jobs, tasks.length) }, worker));
    return outcomes;
  } finally {
    process.off('exit', killAll);
  }
}

interface OneOfMany extends SideBySide {
  readonly processes: Set<ChildProcess>;
  readonly threads: number;
}

function runTask({ label, task }: NamedTask, options: OneOfMany): Promise<TaskOutcome> {
  const { observer, signal, processes } = options;
  const child = startProcess(task, options);
  processes.add(child);
  observer.onStart?.(label);
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  return new Promise((resolve) => {
    let last: TaskOutcome | undefined;
    let printed = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-KEPT_OUTPUT);
    });
    child.on('message', (message: TaskMessage) => {
      if (message.type === 'progress') observer.onProgress?.(label, message.progress);
      else if (message.type === 'note') observer.onNote?.(`${label}: ${message.text}`);
      else if (message.type === 'failed') last = { state: 'failed', reason: message.reason };
      else last = outcomeOf(message, last);
    });
    const end = (outcome: TaskOutcome): void => {
      signal.removeEventListener('abort', stop);
      processes.delete(child);
      observer.onEnd?.(label);
      if (outcome.state === 'failed') observer.onNote?.(`${label}: failed: ${outcome.reason}`);
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

// In a group of its own: Ctrl-C on a terminal reaches this process alone, which then stops the others in order.
function startProcess(task: Task, { threads, lock }: Pick<OneOfMany, 'threads' | 'lock'>): ChildProcess {
  const isWindows = process.platform === 'win32';
  return spawn(process.execPath, [SCRIPT, JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...(isWindows ? [] : [lock])],
    detached: !isWindows,
    env: { OMP_NUM_THREADS: String(threads), ...environmentOfTask() },
  });
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

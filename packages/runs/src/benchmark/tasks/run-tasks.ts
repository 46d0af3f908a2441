import { doInProcess, type TaskOutcome, TaskProcesses, type ToldMessage } from './do-in-process.js';
import type { BenchmarkObserver } from './observer.js';
import type { Place } from './place.js';
import type { NamedTask } from './task.js';
import { TaskQueue } from './task-queue.js';

/** How to do tasks side by side. */
export interface SideBySide {
  /** At most so many processes of this one at once. */
  readonly jobs: number;
  readonly observer: BenchmarkObserver;
  /** Aborted to stop every task after its step. */
  readonly signal: AbortSignal;
  /** The open lock of the folder, which every process holds until it has ended, should this one be killed before. */
  readonly lock: number;
  /** Calls back with each place elsewhere where a task can be done, now and later. */
  offer?(onPlace: (place: Place) => void): void;
}

/**
 * Does every task in a process of its own, `jobs` at once beside those that are done elsewhere. One that fails stops no
 * other; one whose place is lost is done at another, once. Returns how each ended, in the order of the tasks.
 */
export async function runTasks(tasks: readonly NamedTask[], options: SideBySide): Promise<TaskOutcome[]> {
  const outcomes: TaskOutcome[] = tasks.map(() => ({ state: 'interrupted' }));
  if (tasks.length === 0 || options.signal.aborted) return outcomes;
  const jobs = Math.min(options.jobs, tasks.length);
  using processes = new TaskProcesses(jobs, options.lock);
  const here: Place = { do: ({ task }, tell, signal) => doInProcess(task, { processes, signal, tell }) };
  await new Promise<void>((resolve, reject) => {
    const queue = new TaskQueue(tasks.length, (i) => tasks[i]!.cost(), resolve);
    const work = (place: Place): void => {
      workAt(place, { ...options, tasks, queue, outcomes }).catch(reject);
    };
    options.signal.addEventListener('abort', () => queue.close(), { once: true });
    for (let job = 0; job < jobs; job++) work(here);
    options.offer?.(work);
  });
  return outcomes;
}

interface Work extends SideBySide {
  readonly tasks: readonly NamedTask[];
  readonly queue: TaskQueue;
  readonly outcomes: TaskOutcome[];
}

/** One task after the other at one place. */
async function workAt(place: Place, { tasks, queue, outcomes, observer, signal }: Work): Promise<void> {
  for (;;) {
    const i = await queue.next(place.gone);
    if (i === undefined) return;
    const { label } = tasks[i]!;
    const tell = (message: ToldMessage): void => {
      if (message.type === 'progress') observer.onProgress?.(label, message.progress);
      else observer.onNote?.(`${label}: ${message.text}`);
    };
    observer.onStart?.(label, place.name);
    const outcome = await place.do(tasks[i]!, tell, signal);
    observer.onEnd?.(label);
    if (outcome === 'lost' && queue.giveBack(i)) {
      observer.onNote?.(`${label}: ${place.name} is lost; it goes on elsewhere`);
      return;
    }
    outcomes[i] = outcome === 'lost' ? lostTwice(place) : outcome;
    if (outcomes[i].state === 'failed') observer.onNote?.(`${label}: failed: ${outcomes[i].reason}`);
    queue.end();
  }
}

function lostTwice({ name }: Place): TaskOutcome {
  return { state: 'failed', reason: `${name} is lost with it, as the one before: perhaps the memory ran out` };
}

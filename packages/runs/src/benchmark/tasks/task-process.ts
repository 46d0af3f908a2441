// A child process of a benchmark, a program of its own: works on one model, alone or as one of several workers, and
// tells its parent how far it is. The task is in its arguments, which all workers get.
import { isUserError } from '@unfold-zoo/core';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import { systemErrorMessage } from '@unfold-zoo/core/files';
import { TrainingDiverged } from '@unfold-zoo/core/training';
import { onStopRequest } from '@unfold-zoo/distributed';
import type { Progress } from '../../progress/progress.js';
import { ownRank } from '../../workers/own-rank.js';
import { OtherWorkerFailed } from '../../workers/workers.js';
import { findFloor, workOnModel } from './do-task.js';
import type { Task, TaskMessage, Telling } from './task.js';

/** At most so many progress messages a second. */
const MESSAGES_PER_SECOND = 5;

async function work(task: Task): Promise<void> {
  const stop = new AbortController();
  onStopRequest(() => stop.abort());
  const telling: Telling = { signal: stop.signal, onProgress: throttled(), tell: send };
  try {
    const finished = task.kind === 'floor' ? await findFloor(task, telling) : await workOnModel(task, telling);
    await leave(finished ? EXIT.ok : EXIT.interrupted, { type: 'done' });
  } catch (error) {
    if (error instanceof OtherWorkerFailed) process.exit(EXIT.failed);
    // The parent hears worker 0 alone, and reads what any other prints.
    if (ownRank() > 0) process.stderr.write(`${reasonOf(error)}\n`);
    await leave(EXIT.failed, { type: 'failed', reason: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (isUserError(error) || error instanceof TrainingDiverged) return error.message;
  return systemErrorMessage(error) ?? error.stack ?? error.message;
}

function send(message: TaskMessage): Promise<void> {
  return new Promise((resolve) => process.send!(message, undefined, {}, () => resolve()));
}

async function leave(code: number, message: TaskMessage): Promise<void> {
  await send(message);
  process.exit(code);
}

function throttled(): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  let stage = '';
  return (progress) => {
    const now = performance.now();
    const isDue = now - last >= 1000 / MESSAGES_PER_SECOND || progress.done >= progress.total;
    if (!isDue && progress.stage === stage) return;
    [last, stage] = [now, progress.stage];
    void send({ type: 'progress', progress });
  };
}

// Without a parent nobody wants the result; what is not in a checkpoint yet is done again.
process.once('disconnect', () => process.exit(EXIT.failed));
process.channel?.unref();
await work(JSON.parse(process.argv[2]!) as Task);

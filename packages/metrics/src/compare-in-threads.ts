import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Comparison, compareQuantity, type QuantityJob, type QuantityResult } from './compare-quantity.js';

/**
 * Does every job, in worker threads if there are to be several, and hands each result over as it comes. A job is taken
 * from the iterator when a thread is free for it.
 */
export async function compareInThreads(
  comparison: Comparison,
  jobs: Iterator<QuantityJob>,
  threads: number,
  receive: (job: QuantityJob, result: QuantityResult) => void,
): Promise<void> {
  if (threads === 1) return compareHere(comparison, jobs, receive);
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./distance-worker.js', import.meta.url), { workerData: comparison }),
  );
  try {
    await Promise.all(workers.map((worker) => feed(worker, jobs, receive)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function compareHere(
  comparison: Comparison,
  jobs: Iterator<QuantityJob>,
  receive: (job: QuantityJob, result: QuantityResult) => void,
): Promise<void> {
  for (let next = jobs.next(); !next.done; next = jobs.next()) {
    receive(next.value, compareQuantity(comparison, next.value));
    // Whatever else the process does has its turn.
    await setImmediate();
  }
}

async function feed(
  worker: Worker,
  jobs: Iterator<QuantityJob>,
  receive: (job: QuantityJob, result: QuantityResult) => void,
): Promise<void> {
  for (let next = jobs.next(); !next.done; next = jobs.next()) {
    const answer = once(worker, 'message');
    worker.postMessage(next.value);
    receive(next.value, (await answer)[0] as QuantityResult);
  }
}

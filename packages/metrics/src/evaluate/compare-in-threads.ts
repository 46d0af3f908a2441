import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { type Metric, UserError } from '@unfold-zoo/core';
import type { MetricAssembly } from './assemble-metrics.js';
import { type ComparisonSetup, compareQuantity, type QuantityJob, type QuantityResult } from './compare-quantity.js';
import type { Answer, DistanceTask, Ready } from './distance-worker.js';

/** Jobs, how many threads do them, and who is told of what. */
export interface ThreadedComparison {
  readonly comparison: ComparisonSetup;
  /** Metrics of plugins. */
  readonly pluginMetrics: readonly Metric[];
  /** From what a thread assembles these. */
  readonly metricAssembly?: MetricAssembly | undefined;
  /** A job is taken from the iterator when a thread is free for it. */
  readonly jobs: Iterator<QuantityJob>;
  /** The quantity of a job in a sample, [n], in an array of its own. */
  column(job: QuantityJob, sample: number): Float64Array;
  readonly threads: number;
  /** Handed each result as it comes. */
  receive(job: QuantityJob, result: QuantityResult): void;
  /** Told, at most once, that the calling thread alone computes the metrics of plugins, and why. */
  onWarning(message: string): void;
}

/** Does every job, in worker threads if there are to be several. */
export async function compareInThreads(compared: ThreadedComparison): Promise<void> {
  if (compared.threads === 1) return compareHere(compared);
  const workers = Array.from({ length: compared.threads }, () => startWorker(compared));
  try {
    const problem = await problemOf(workers, compared);
    if (problem !== undefined) compared.onWarning(problem);
    await Promise.all(workers.map((worker) => feed(worker, compared, problem === undefined)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function compareHere({ comparison, pluginMetrics, jobs, column, receive }: ThreadedComparison): Promise<void> {
  for (let next = jobs.next(); !next.done; next = jobs.next()) {
    const job = next.value;
    receive(
      job,
      compareQuantity(comparison, pluginMetrics, (sample) => column(job, sample)),
    );
    // Whatever else the process does has its turn.
    await setImmediate();
  }
}

function startWorker({ comparison, pluginMetrics, metricAssembly }: ThreadedComparison): Worker {
  const labels = pluginMetrics.map(({ label }) => label);
  const task: DistanceTask = {
    comparison,
    ...(labels.length > 0 && metricAssembly && { plugins: { labels, metricAssembly } }),
  };
  return new Worker(new URL('./distance-worker.js', import.meta.url), { workerData: task });
}

/** Why the metrics of plugins cannot be computed in the threads; undefined if they can, or there are none. */
async function problemOf(workers: readonly Worker[], compared: ThreadedComparison): Promise<string | undefined> {
  const { pluginMetrics, metricAssembly } = compared;
  if (pluginMetrics.length === 0) return undefined;
  const reason = metricAssembly
    ? (await Promise.all(workers.map(async (worker) => (await messageOf<Ready>(worker)).problem))).find(Boolean)
    : 'it is not known which plugin they are from';
  const labels = pluginMetrics.map(({ label }) => label).join(', ');
  return reason && `one thread alone computes ${labels}, which may take long: ${reason}`;
}

async function feed(worker: Worker, compared: ThreadedComparison, hasPluginMetrics: boolean): Promise<void> {
  const { comparison, pluginMetrics, jobs, column, receive } = compared;
  for (let next = jobs.next(); !next.done; next = jobs.next()) {
    const job = next.value;
    const ofSample = (sample: number): Float64Array => column(job, sample);
    const answer = messageOf<Answer>(worker);
    const columns = comparison.samples.map((_, sample) => ofSample(sample));
    worker.postMessage(
      columns,
      columns.map(({ buffer }) => buffer as ArrayBuffer),
    );
    const result = resultOf(await answer);
    receive(
      job,
      hasPluginMetrics
        ? result
        : joined(result, compareQuantity({ ...comparison, recipes: [] }, pluginMetrics, ofSample)),
    );
  }
}

function resultOf(answer: Answer): QuantityResult {
  if ('result' in answer) return answer.result;
  const { error, isMistakeOfUser } = answer;
  throw isMistakeOfUser ? new UserError(error.message, { cause: error }) : error;
}

/** The distances of both, or why a sample has none, on which they agree. */
function joined(own: QuantityResult, ofPlugins: QuantityResult): QuantityResult {
  return own.map((found, i) => ('event' in found ? found : [...found, ...(ofPlugins[i] as Float64Array[])]));
}

async function messageOf<Message>(worker: Worker): Promise<Message> {
  return (await once(worker, 'message'))[0] as Message;
}

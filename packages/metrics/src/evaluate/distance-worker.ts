// A worker thread of `compareInThreads`. It imports @unfold-zoo/core, and tfjs with it, for the metrics of plugins
// alone.
import { parentPort, workerData } from 'node:worker_threads';
import type { Metric } from '@unfold-zoo/core';
import type { MetricAssembly } from './assemble-metrics.js';
import { type ComparisonSetup, compareQuantity, type QuantityResult } from './compare-quantity.js';

/** What a thread is started with. */
export interface DistanceTask {
  readonly comparison: ComparisonSetup;
  /** Labels of the metrics of plugins that it computes, and from what they are assembled. */
  readonly plugins?: { readonly labels: readonly string[]; readonly metricAssembly: MetricAssembly };
}

/** The first message of a thread that has metrics of plugins to compute: why it cannot, if it cannot. */
export interface Ready {
  readonly problem?: string;
}

/** The answer to a job: its result, or the error that a metric of a plugin threw. */
export type Answer = { readonly result: QuantityResult } | { readonly error: Error; readonly isMistakeOfUser: boolean };

const { comparison, plugins } = workerData as DistanceTask;
const pluginMetrics = plugins ? await assemble(plugins) : [];

// One quantity of every sample.
parentPort!.on('message', (columns: readonly Float64Array[]) => void respond(columns));

async function respond(columns: readonly Float64Array[]): Promise<void> {
  parentPort!.postMessage(await answer(columns));
}

async function answer(columns: readonly Float64Array[]): Promise<Answer> {
  try {
    return { result: compareQuantity(comparison, pluginMetrics, (sample) => columns[sample]!) };
  } catch (error) {
    const { isUserError } = await import('@unfold-zoo/core');
    return { error: error as Error, isMistakeOfUser: isUserError(error) };
  }
}

async function assemble({ labels, metricAssembly }: NonNullable<DistanceTask['plugins']>): Promise<readonly Metric[]> {
  try {
    const { assembleMetrics } = await import('./assemble-metrics.js');
    const metrics = await assembleMetrics(metricAssembly);
    const wanted = labels.map((label) => metrics.find((metric) => metric.label === label) ?? missing(label));
    parentPort!.postMessage({} satisfies Ready);
    return wanted;
  } catch (error) {
    parentPort!.postMessage({ problem: (error as Error).message } satisfies Ready);
    return [];
  }
}

function missing(label: string): never {
  throw new Error(`no metric of the config has the label "${label}"`);
}

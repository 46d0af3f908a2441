import { availableParallelism } from 'node:os';
import { type EventSource, Metric, Rng } from '@unfold-zoo/core';
import { type Config, pluginFile } from '@unfold-zoo/core/config';
import { type DistanceReport, evaluateModels } from '@unfold-zoo/metrics';
import { builtInPlugins } from '../configs/built-in.js';
import type { DrawColumns } from '../draws/stored-draws.js';
import type { OnProgress } from '../progress/progress.js';
import { readIndependentTruth, readTruth } from './truth-columns.js';

/** What a comparison is made with: a config says the metrics and the seed, and the data are open. */
export interface Comparison {
  readonly config: Config;
  readonly source: EventSource;
  /** Replicas for the errors; 0 for none. */
  readonly bootstrap: number;
  readonly onProgress?: OnProgress;
  /** Told if one thread alone computes metrics of plugins, and why; a warning of the process unless given. */
  readonly onWarning?: (message: string) => void;
}

/** Draws to compare with the truth. */
export interface DrawComparison extends Comparison {
  readonly columns: DrawColumns;
  /** Draws per event. */
  readonly draws: number;
  /** Whether to compare an independent truth too. */
  readonly floor: boolean;
}

/** Distances of draws to the truth. */
export async function compareDraws(comparison: DrawComparison): Promise<DistanceReport> {
  const { config, source, columns, draws, floor, bootstrap } = comparison;
  const independent = floor ? await readIndependentTruth(source, columns.predicted.count) : undefined;
  const [model] = await evaluateModels({
    spec: source.spec,
    truth: columns.truth,
    models: [{ label: config.name ?? 'model', predicted: columns.predicted }],
    ...metricsOf(config),
    threads: availableParallelism(),
    bootstrap: { replicas: bootstrap, pairing: draws === 1 ? 'paired' : 'independent' },
    ...toldOf(comparison),
    ...(independent && { floor: independent }),
  });
  return model!.report;
}

/** What chance alone amounts to. */
export interface FloorComparison extends Comparison {
  /** Test events, from the first. */
  readonly events: number;
  /** Size of the independent sample: as many as the models' draws. */
  readonly predictions: number;
}

/**
 * Distances of an independent truth, from the training split, to that of the test events; undefined if either is not
 * to be had.
 */
export async function compareFloor(comparison: FloorComparison): Promise<DistanceReport | undefined> {
  const { config, source, events, predictions, bootstrap } = comparison;
  const predicted = await readIndependentTruth(source, predictions);
  if (!predicted) return undefined;
  const [floor] = await evaluateModels({
    spec: source.spec,
    truth: await readTruth(source, 'test', events),
    models: [{ label: 'Floor', predicted }],
    ...metricsOf(config),
    threads: availableParallelism(),
    bootstrap: { replicas: bootstrap, pairing: 'independent' },
    ...toldOf(comparison),
  });
  return floor!.report;
}

function metricsOf({ catalogue, choices, seed, plugins }: Config) {
  const stream = 'evaluation';
  const rng = new Rng(seed).fork(stream);
  const metrics = catalogue.assembleAll(Metric, choices, rng);
  const files = plugins.filter((each) => !builtInPlugins.includes(each)).flatMap((each) => pluginFile(each) ?? []);
  return { rng, metrics, metricAssembly: { plugins: files, choices, seed, stream } };
}

function toldOf({ onProgress, onWarning }: Comparison) {
  return {
    ...(onProgress && { onProgress: evaluationProgress(onProgress) }),
    ...(onWarning && { onWarning }),
  };
}

function evaluationProgress(onProgress: OnProgress): (done: number, total: number) => void {
  const started = performance.now();
  return (done, total) => {
    const secondsLeft = ((performance.now() - started) / 1000 / done) * (total - done);
    onProgress({ stage: 'evaluating', done, total, unit: 'distributions', secondsLeft });
  };
}

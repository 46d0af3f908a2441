import { availableParallelism } from 'node:os';
import { EventSource, type EventSpec, Metric, Rng } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { openDraws } from '@unfold-zoo/data';
import { type DistanceReport, evaluateModels } from '@unfold-zoo/metrics';
import { type DrawColumns, readDrawColumns, readIndependentTruth, readTruth } from './draw-columns.js';

type OnProgress = (done: number, total: number) => void;

/** What to compare with the truth. */
export interface DrawComparison {
  /** Of the run: its data, metrics and seed. */
  readonly config: Config;
  /** A file of draws. */
  readonly draws: string;
  /** Replicas for the errors; 0 for none. */
  readonly bootstrap: number;
  /** Whether to compare an independent truth too. */
  readonly floor: boolean;
  readonly onProgress?: OnProgress;
}

/** Distances of a file of draws to the truth in it, and both as columns: 220 bytes an event and draw, and an event. */
export async function compareDraws({ config, draws, bootstrap, floor, onProgress }: DrawComparison): Promise<{
  readonly distances: DistanceReport;
  readonly columns: DrawColumns;
  readonly spec: EventSpec;
}> {
  const { source, metrics, rng } = await openComparison(config);
  const { spec } = source;
  const file = await openDraws(draws);
  try {
    const columns = readDrawColumns(file, spec);
    const independent = floor ? await readIndependentTruth(source, columns.predicted.count) : undefined;
    const [model] = await evaluateModels({
      spec,
      truth: columns.truth,
      models: [{ label: config.name ?? 'model', predicted: columns.predicted }],
      metrics,
      threads: availableParallelism(),
      bootstrap: { replicas: bootstrap, pairing: file.draws === 1 ? 'paired' : 'independent' },
      rng,
      ...(onProgress && { onProgress }),
      ...(independent && { floor: independent }),
    });
    return { distances: model!.report, columns, spec };
  } finally {
    file.close();
    await source.close();
  }
}

/** What chance alone amounts to. */
export interface FloorComparison {
  readonly config: Config;
  /** Test events, from the first. */
  readonly events: number;
  /** Size of the independent sample: as many as the models' draws. */
  readonly predictions: number;
  readonly bootstrap: number;
  readonly onProgress?: OnProgress;
}

/**
 * Distances of an independent truth, from the training split, to that of the test events; undefined if either is not
 * to be had.
 */
export async function compareFloor(comparison: FloorComparison): Promise<DistanceReport | undefined> {
  const { config, events, predictions, bootstrap, onProgress } = comparison;
  const { source, metrics, rng } = await openComparison(config);
  try {
    const predicted = await readIndependentTruth(source, predictions);
    if (!predicted) return undefined;
    const truth = await readTruth(source, 'test', events);
    const [floor] = await evaluateModels({
      spec: source.spec,
      truth,
      models: [{ label: 'Floor', predicted }],
      metrics,
      threads: availableParallelism(),
      bootstrap: { replicas: bootstrap, pairing: 'independent' },
      rng,
      ...(onProgress && { onProgress }),
    });
    return floor!.report;
  } finally {
    await source.close();
  }
}

async function openComparison({ catalogue, choices, seed }: Config) {
  const rng = new Rng(seed).fork('evaluation');
  const source = catalogue.assemble(EventSource, choices, new Rng(seed).fork('init'));
  await source.open();
  return { source, rng, metrics: catalogue.assembleAll(Metric, choices, rng) };
}

import { availableParallelism } from 'node:os';
import { type EventSource, Metric, Rng } from '@unfold-zoo/core';
import { type Config, pluginFile } from '@unfold-zoo/core/config';
import { type DistanceReport, evaluateModels } from '@unfold-zoo/metrics';
import { builtInPlugins } from '../configs/built-in.js';
import type { DrawColumns } from '../draws/stored-draws.js';
import { stageProgress } from '../progress/event-progress.js';
import type { OnProgress } from '../progress/progress.js';
import { type EvaluatedEvents, type FloorTruth, floorTruth } from './floor-truth.js';
import { TruthReader } from './truth-columns.js';

/** What a comparison is made with: a config says the metrics and the seed, and the data are open. */
export interface ComparisonContext {
  readonly config: Config;
  readonly source: EventSource;
  /** Replicas for the errors; 0 for none. */
  readonly bootstrap: number;
  /** Bytes; larger arrays stay in files. 128 MiB unless given. */
  readonly largestArray?: number;
  readonly onProgress?: OnProgress;
  /**
   * Told if one thread alone computes metrics of plugins, or the floor is not that of training events, and why; a
   * warning of the process unless given.
   */
  readonly onWarning?: (message: string) => void;
}

/** Draws to compare with the truth. */
export interface DrawComparison extends ComparisonContext {
  readonly columns: DrawColumns;
  /** Which events of the data they are of. */
  readonly of: Omit<EvaluatedEvents, 'truth'>;
  /** Draws per event. */
  readonly draws: number;
  /** Whether to compare an independent truth too. */
  readonly floor: boolean;
}

/** Distances of draws to the truth. */
export async function compareDraws(comparison: DrawComparison): Promise<DistanceReport> {
  const { config, source, columns, of, draws, floor, bootstrap } = comparison;
  const { truth, predicted } = columns;
  const metrics = metricsOf(config);
  using reader = new TruthReader(source, comparison.largestArray);
  const reading = { rng: metrics.rng, reader };
  const chance = floor ? await floorTruth(source, { ...of, truth }, predicted.count, reading) : undefined;
  tellNote(chance?.note, comparison);
  const isOfTruth = chance?.truth === truth;
  const [model] = await evaluateModels({
    spec: source.spec,
    truth,
    models: [{ label: config.name ?? 'model', predicted }],
    ...metrics,
    threads: availableParallelism(),
    bootstrap: { replicas: bootstrap, pairing: draws === 1 ? 'paired' : 'independent' },
    ...toldOf(comparison),
    ...(chance && isOfTruth && { floor: chance.independent }),
  });
  const { report } = model!;
  if (!chance || isOfTruth) return report;
  const { distances } = await compareSamples(comparison, chance);
  return { ...report, floor: distances, events: { ...report.events, floor: predicted.count } };
}

function tellNote(note: string | undefined, { onWarning }: ComparisonContext): void {
  if (note === undefined) return;
  if (onWarning) onWarning(note);
  else process.emitWarning(note);
}

/** Distances of two samples of the truth that have nothing to do with each other. */
async function compareSamples(
  comparison: ComparisonContext,
  { truth, independent }: FloorTruth,
): Promise<DistanceReport> {
  const { config, source, bootstrap } = comparison;
  const [floor] = await evaluateModels({
    spec: source.spec,
    truth,
    models: [{ label: 'Floor', predicted: independent }],
    ...metricsOf(config),
    threads: availableParallelism(),
    bootstrap: { replicas: bootstrap, pairing: 'independent' },
    ...toldOf(comparison),
  });
  return floor!.report;
}

/** What chance alone amounts to. */
export interface FloorComparison extends ComparisonContext {
  /** Test events, from the first. */
  readonly events: number;
  /** Size of the independent sample: as many as the models' draws. */
  readonly predictions: number;
}

/** Distances of an independent truth to that of the test events; undefined if it is not to be had: see `floorTruth`. */
export async function compareFloor(comparison: FloorComparison): Promise<DistanceReport | undefined> {
  const { config, source, events, predictions } = comparison;
  using reader = new TruthReader(source, comparison.largestArray);
  const truth = await reader.read('test', 0, events);
  const evaluated = { split: 'test', start: 0, events, truth } as const;
  const chance = await floorTruth(source, evaluated, predictions, { rng: metricsOf(config).rng, reader });
  tellNote(chance?.note, comparison);
  return chance && (await compareSamples(comparison, chance));
}

function metricsOf({ catalogue, choices, seed, plugins }: Config) {
  const stream = 'evaluation';
  const rng = new Rng(seed).fork(stream);
  const metrics = catalogue.assembleAll(Metric, choices, rng);
  const files = plugins.filter((each) => !builtInPlugins.includes(each)).flatMap((each) => pluginFile(each) ?? []);
  return { rng, metrics, metricAssembly: { plugins: files, choices, seed, stream } };
}

function toldOf({ largestArray, onProgress, onWarning }: ComparisonContext) {
  return {
    ...(largestArray !== undefined && { largestArray }),
    ...(onProgress && { onProgress: stageProgress({ stage: 'evaluating', unit: 'distributions' }, onProgress) }),
    ...(onWarning && { onWarning }),
  };
}

import type { Metric } from '@unfold-zoo/core';
import type { KinematicQuantity } from '@unfold-zoo/core/events';
import { type OrderedSample, orderedSample, replicaOf, type SampleFacts } from '../bootstrap/ordered-sample.js';
import type { Draws } from '../bootstrap/replicas.js';
import { compareColumn, type Recipe } from './compare-column.js';

/** What is the same for every particle and quantity. Plain data and typed arrays, which threads can share. */
export interface ComparisonSetup {
  /** Of the metrics of this package. */
  readonly recipes: readonly Recipe[];
  readonly draws: Draws;
  /** The truth, and what is compared with it. */
  readonly samples: readonly SampleFacts[];
}

/** One quantity of one particle. */
export interface QuantityJob {
  readonly particle: number;
  readonly quantity: KinematicQuantity;
}

/** A value that is no finite number, and the sample it is in. */
export interface InvalidValue {
  readonly sample: number;
  readonly event: number;
  readonly value: number;
}

/**
 * Of each sample but the truth: [metric][1 + R] distances to the truth, or why there are none. The metrics of the
 * recipes come first, then those of plugins.
 */
export type QuantityResult = readonly (readonly Float64Array[] | InvalidValue)[];

/**
 * Compares every sample with the truth, which is sorted once for all, by the recipes and by metrics that are computed
 * by their own code alone, a plugin's. One of the other samples is in memory at a time.
 * @param column the quantity in a sample, [n]; it is overwritten.
 */
export function compareQuantity(
  { recipes, draws, samples }: ComparisonSetup,
  pluginMetrics: readonly Metric[],
  column: (sample: number) => Float64Array,
): QuantityResult {
  const ofTruth = column(0);
  const others = samples.slice(1).map((facts, index) => ({ facts, sample: index + 1 }));
  const invalid = findInvalid(ofTruth, 0);
  if (invalid) return others.map(() => invalid);
  const truth = orderedSample(ofTruth, samples[0]!);
  return others.map(({ facts, sample }) => {
    const values = column(sample);
    const invalid = findInvalid(values, sample);
    if (invalid) return invalid;
    const other = orderedSample(values, facts);
    return [
      ...compareColumn(recipes, draws, truth, other),
      ...pluginMetrics.map((metric) => replicatedDistance(metric, draws, truth, other)),
    ];
  });
}

/** [1 + R], by a metric that is given the samples of each replica. */
function replicatedDistance(
  metric: Metric,
  draws: Draws,
  truth: OrderedSample,
  predicted: OrderedSample,
): Float64Array {
  return Float64Array.from({ length: 1 + draws.replicas }, (_, i) =>
    i === 0
      ? metric.distance(truth, predicted)
      : metric.distance(replicaOf(truth, draws, i - 1), replicaOf(predicted, draws, i - 1)),
  );
}

function findInvalid(values: Float64Array, sample: number): InvalidValue | undefined {
  for (let event = 0; event < values.length; event++)
    if (!Number.isFinite(values[event]!)) return { sample, event, value: values[event]! };
  return undefined;
}

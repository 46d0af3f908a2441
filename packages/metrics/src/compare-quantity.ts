import type { Draws } from './bootstrap.js';
import { compareColumn, type Recipe } from './compare-column.js';
import { type KinematicQuantity, kinematicQuantity, type Momenta } from './kinematics.js';
import { orderedSample, type SampleFacts } from './ordered-sample.js';

/** What is the same for every particle and quantity. Plain data and typed arrays, which threads can share. */
export interface Comparison {
  readonly recipes: readonly Recipe[];
  readonly draws: Draws;
  /** The truth, and what is compared with it. */
  readonly samples: readonly SampleFacts[];
}

/** One quantity of one particle. */
export interface QuantityJob {
  readonly particle: number;
  readonly quantity: KinematicQuantity;
  /** Of each sample. */
  readonly momenta: readonly Momenta[];
}

/** A value that is no finite number, and the sample it is in. */
export interface InvalidValue {
  readonly sample: number;
  readonly event: number;
  readonly value: number;
}

/** Of each sample but the truth: [metric][1 + R] distances to the truth, or why there are none. */
export type QuantityResult = readonly (readonly Float64Array[] | InvalidValue)[];

/** Compares every sample with the truth, which is sorted once for all. One of the others is in memory at a time. */
export function compareQuantity({ recipes, draws, samples }: Comparison, job: QuantityJob): QuantityResult {
  const column = (sample: number): Float64Array => kinematicQuantity(job.momenta[sample]!, job.quantity);
  const ofTruth = column(0);
  const others = samples.slice(1).map((facts, index) => ({ facts, sample: index + 1 }));
  const invalid = findInvalid(ofTruth, 0);
  if (invalid) return others.map(() => invalid);
  const truth = orderedSample(ofTruth, samples[0]!);
  return others.map(({ facts, sample }) => {
    const values = column(sample);
    return findInvalid(values, sample) ?? compareColumn(recipes, draws, truth, orderedSample(values, facts));
  });
}

function findInvalid(values: Float64Array, sample: number): InvalidValue | undefined {
  for (let event = 0; event < values.length; event++)
    if (!Number.isFinite(values[event]!)) return { sample, event, value: values[event]! };
  return undefined;
}

import { UserError } from '@unfold-zoo/core';
import {
  type EventColumns,
  type Expression,
  joinColumns,
  naming,
  numberExpression,
  type ObservedSample,
  poissonWeights,
} from '@unfold-zoo/measurement';
import type { MeasurementPlan } from './measurement-plan.js';
import type { OpenSample } from './samples.js';

/** The factor of the weights of simulated events that pseudo-data are made of; undefined for data as they are. */
export function pseudoWeight(
  { keys, functions }: MeasurementPlan,
  { source, split }: OpenSample,
): Expression | undefined {
  if (!keys.pseudoData) return undefined;
  if (!source.hasTruth(split)) throw new UserError('missing truth: pseudoData needs that of the events of data');
  const { weight } = keys.pseudoData;
  const options = { level: 'truth', energy: keys.energy, functions } as const;
  return naming('pseudoData.weight', () => numberExpression(source.spec, weight, options));
}

/**
 * Pseudo-data: each event counts a Poisson number of times. Those of backgrounds are among the data in the same way,
 * and their expected number is taken off.
 * @param measured with weights that `pseudoWeight` has changed.
 * @param backgrounds with weights below 0.
 */
export function pseudoData(
  { keys, rng }: MeasurementPlan,
  { detector, truth }: ObservedSample,
  backgrounds: readonly EventColumns[],
): { readonly data: EventColumns; readonly truth: EventColumns; readonly expected: Float64Array } {
  const signal = detector.weights;
  const sum = signal.reduce((total, weight) => total + weight, 0);
  if (!signal.every((weight) => weight >= 0) || !(sum > 0))
    throw new UserError('invalid pseudoData.weight: expected numbers of at least 0, not all 0, of every event of data');
  const scaled = signal.map((weight) => (weight / sum) * (keys.pseudoData?.events ?? sum));
  const mixedIn = backgrounds.map((each) => ({ ...each, weights: each.weights.map((weight) => -weight) }));
  const joined = joinColumns([{ ...detector, weights: scaled }, ...mixedIn, ...backgrounds]);
  const weights = poissonWeights(joined.weights, rng.fork('pseudo-data'));
  return { data: { ...joined, weights }, truth: { ...truth!, weights: scaled }, expected: joined.weights };
}

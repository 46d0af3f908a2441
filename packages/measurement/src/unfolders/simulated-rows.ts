import { effectiveEvents } from '@unfold-zoo/core/events';
import type { WeightedRows } from '../reweighting/density-ratio.js';
import {
  EventFeatures,
  pickEvents,
  presentEvents,
  type SortedSimulation,
  simulatedEvents,
} from '../reweighting/event-features.js';
import type { EventProblem, EventWeights } from './unfolder.js';

/** Events as the classifiers see them. */
export interface SimulatedRows extends SortedSimulation {
  readonly problem: EventProblem;
  /** Numbers of measured events of the data. */
  readonly data: readonly number[];
  /** Rows of a level, of the events of these numbers with these weights. */
  rows(level: 'truth' | 'detector' | 'data', events: readonly number[], weights: Float64Array): WeightedRows;
}

/** The events of a problem, sorted. */
export function simulatedRows(problem: EventProblem): SimulatedRows {
  const { simulation, data } = problem;
  const ofDetector = new EventFeatures([simulation.detector, data]);
  const levels = {
    truth: { features: new EventFeatures([simulation.truth]), columns: simulation.truth },
    detector: { features: ofDetector, columns: simulation.detector },
    data: { features: ofDetector, columns: data },
  };
  return {
    problem,
    ...simulatedEvents(simulation),
    data: presentEvents(data),
    rows: (level, events, weights) => levels[level].features.weightedRows(levels[level].columns, events, weights),
  };
}

/** What is told of factors of the simulation. */
export function numbersOf(events: SimulatedRows, weights: EventWeights, push: Float64Array): Record<string, number> {
  const pushed = product(weights.simulation, push);
  const [own, simulated] = [pickEvents(pushed, events.true), pickEvents(weights.simulation, events.true)];
  return {
    'mean weight': sumOver(events.true, pushed) / sumOver(events.true, weights.simulation),
    'folded ratio': sumOver(events.measured, pushed) / sumOver(events.data, weights.data),
    'effective share': effectiveEvents(own) / effectiveEvents(simulated),
  };
}

/** The true events of the simulation with their new weights; others have 0. */
export function unfoldedEvents(
  { problem, true: isTrue }: SimulatedRows,
  { simulation }: EventWeights,
  push: Float64Array,
) {
  const weights = new Float64Array(push.length);
  for (const i of isTrue) weights[i] = simulation[i]! * push[i]!;
  return { columns: problem.simulation.truth.columns, weights };
}

/** [n] weights times factors. */
export function product(weights: Float64Array, factors: Float64Array): Float64Array {
  return weights.map((weight, i) => weight * factors[i]!);
}

/** The sum of the weights of some events. */
export function sumOver(events: readonly number[], weights: Float64Array): number {
  return events.reduce((sum, event) => sum + weights[event]!, 0);
}

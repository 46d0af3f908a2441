import type { KinematicQuantity, Particle } from '@unfold-zoo/core/events';
import { spread } from '../bootstrap/replicas.js';

/** A distance and its bootstrap standard error, which is absent where there were no replicas. */
export interface Estimate {
  readonly value: number;
  readonly error?: number;
}

/** Distances of one pair of samples. The first index is that of the metric. */
export interface DistanceTable {
  /** [metric][particle][quantity]. */
  readonly cells: readonly (readonly (readonly Estimate[])[])[];
  /** [metric][particle], sums over quantities (paper, Tables 3 to 6). */
  readonly particles: readonly (readonly Estimate[])[];
  /** [metric][quantity], sums over particles (paper, Tables 7 to 10). */
  readonly components: readonly (readonly Estimate[])[];
  /** [metric], sums over both (paper, Table 1). */
  readonly totals: readonly Estimate[];
  /**
   * [metric][R], the totals of each bootstrap replica. Reports of one evaluation draw the same events in replica r, so
   * that differences between them have errors smaller than those of their terms.
   */
  readonly totalReplicas: readonly (readonly number[])[];
}

/** Every distance of one set of predictions to the truth. Plain data: it survives JSON. */
export interface DistanceReport {
  readonly topology: string;
  readonly particles: readonly Particle[];
  readonly quantities: readonly KinematicQuantity[];
  /** Labels of the metrics. */
  readonly metrics: readonly string[];
  readonly events: { readonly truth: number; readonly predicted: number; readonly floor?: number };
  readonly bootstrap: { readonly replicas: number; readonly pairing: 'paired' | 'independent' };
  readonly distances: DistanceTable;
  /**
   * The same distances of an independent truth sample, as large as the predictions: what chance alone amounts to.
   * Predictions that unfold the events of the truth share some of its fluctuations, so a good model may lie below.
   */
  readonly floor?: DistanceTable;
}

/** A distance in the sample as it is, and in each bootstrap replica of it. */
export interface ReplicatedValue {
  readonly value: number;
  /** [R]. */
  readonly replicas: Float64Array;
}

/**
 * Sums cells [metric][particle][quantity] over quantities, particles and both; sums' errors come from summed replicas.
 */
export function summariseCells(cells: readonly (readonly (readonly ReplicatedValue[])[])[]): DistanceTable {
  const totals = cells.map((particles) => sum(particles.flat()));
  return {
    cells: cells.map((particles) => particles.map((quantities) => quantities.map(estimate))),
    particles: cells.map((particles) => particles.map((quantities) => estimate(sum(quantities)))),
    components: cells.map((particles) =>
      particles[0]!.map((_, quantity) => estimate(sum(particles.map((quantities) => quantities[quantity]!)))),
    ),
    totals: totals.map(estimate),
    totalReplicas: totals.map(({ replicas }) => [...replicas]),
  };
}

function sum(terms: readonly ReplicatedValue[]): ReplicatedValue {
  const replicas = new Float64Array(terms[0]!.replicas.length);
  let value = 0;
  for (const term of terms) {
    value += term.value;
    for (let r = 0; r < replicas.length; r++) replicas[r]! += term.replicas[r]!;
  }
  return { value, replicas };
}

function estimate({ value, replicas }: ReplicatedValue): Estimate {
  return replicas.length > 0 ? { value, error: spread(replicas) } : { value };
}

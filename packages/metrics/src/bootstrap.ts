import type { Rng } from '@unfold-zoo/core';

/**
 * How often each event is drawn in each bootstrap replica (Efron 1979): per replica, n draws with replacement from
 * the n events. One such table serves every quantity, so that errors of sums know how their terms vary together.
 */
export type Resampling = readonly Uint8Array[];

/** Draws the replicas of n events. */
export function resampleEvents(events: number, replicas: number, rng: Rng): Resampling {
  return Array.from({ length: replicas }, (_, replica) => {
    const stream = rng.fork(`replica ${replica}`);
    const counts = new Uint8Array(events);
    for (let draw = 0; draw < events; draw++) counts[stream.integer(events)]!++;
    return counts;
  });
}

/** Standard deviation of replicas of an estimate about their mean. */
export function spread(replicas: Float64Array): number {
  const mean = replicas.reduce((sum, value) => sum + value, 0) / replicas.length;
  const squares = replicas.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (replicas.length - 1));
}

import type { Estimate } from '@unfold-zoo/metrics';
import { DISTINGUISHABLE } from './ranking.js';

/**
 * Of some models' distances, which is the smallest, or above it by no more than `DISTINGUISHABLE` standard errors of
 * the difference, as if the two errors were independent. A single model is not the best of anything.
 */
export function bestOf(estimates: readonly Estimate[]): boolean[] {
  if (estimates.length < 2) return estimates.map(() => false);
  const best = estimates.reduce((least, estimate) => (estimate.value < least.value ? estimate : least));
  return estimates.map(
    ({ value, error = 0 }) => value - best.value <= DISTINGUISHABLE * Math.hypot(error, best.error ?? 0),
  );
}

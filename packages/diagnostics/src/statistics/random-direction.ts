import type { Rng } from '@unfold-zoo/core';

/** A direction [dimensions] of length 1, evenly distributed on the unit sphere. */
export function randomDirection(dimensions: number, rng: Rng): Float64Array {
  const direction = Float64Array.from({ length: dimensions }, () => rng.normal());
  const length = Math.hypot(...direction);
  return direction.map((component) => component / length);
}

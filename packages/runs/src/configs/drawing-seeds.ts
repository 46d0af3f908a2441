import type { Config } from '@unfold-zoo/core/config';

/** Seeds of the members that an ensemble draws from, in the order in which it has them; undefined for one model. */
export function drawingSeeds({ ensemble }: Pick<Config, 'ensemble'>): readonly number[] | undefined {
  if (!ensemble) return undefined;
  const { seeds, drawFrom = seeds } = ensemble;
  return seeds.filter((seed) => drawFrom.includes(seed));
}

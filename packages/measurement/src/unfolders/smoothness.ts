import { Matrix } from 'ml-matrix';

/** What a spectrum is kept from: being large, being steep, or being curved. */
export type Regularisation = 'size' | 'derivative' | 'curvature';

const STENCILS: Readonly<Record<Exclude<Regularisation, 'size'>, readonly number[]>> = {
  derivative: [-1, 1],
  curvature: [1, -2, 1],
};

/**
 * L [conditions, bins] of the penalty |L (x - x0)|^2: the unit matrix for the size, which holds for every bin; else
 * differences of neighbours along chains of bins.
 */
export function smoothnessConditions(
  kind: Regularisation,
  bins: number,
  chains: readonly (readonly number[])[],
): Matrix {
  if (kind === 'size') return Matrix.eye(bins);
  const stencil = STENCILS[kind];
  const rows = chains.flatMap((chain) =>
    chain.slice(0, Math.max(0, chain.length - stencil.length + 1)).map((_, first) => {
      const row = Array<number>(bins).fill(0);
      for (const [i, factor] of stencil.entries()) row[chain[first + i]!] = factor;
      return row;
    }),
  );
  return rows.length > 0 ? new Matrix(rows) : Matrix.zeros(1, bins);
}

import { component, UserError } from '@unfold-zoo/core';
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { efficiencies, probabilities, type Response, type Rows, simulatedTruth } from '../response/response.js';
import { cornerOfLCurve, leastCorrelation } from './choose-tau.js';
import { type LeastSquaresSolution, RegularisedLeastSquares } from './least-squares.js';
import { removeFakes } from './remove-fakes.js';
import { smoothnessConditions } from './smoothness.js';
import { type BinnedProblem, type BinnedUnfolder, type MeasuredBins, type UnfoldedBins, Unfolder } from './unfolder.js';

/** Options of the method `tunfold`. */
export const tunfoldOptions = z.object({
  regularisation: z
    .enum(['size', 'derivative', 'curvature'])
    .default('curvature')
    .describe(
      'What the difference to the simulated spectrum is kept from: being large, steep or curved. The latter two hold ' +
        'between the edges of the bins, not for underflow and overflow.',
    ),
  tau: z
    .union([z.number().min(0), z.enum(['least-correlation', 'l-curve'])])
    .default('least-correlation')
    .describe(
      'Strength of the regularisation: a number, 0 for none, or how it is chosen: where the average global ' +
        'correlation of the bins is least, or at the corner of the L-curve, which data that the simulation describes ' +
        'do not have.',
    ),
  bias: z
    .union([z.number(), z.literal('normalised')])
    .default('normalised')
    .describe(
      'What the simulated spectrum is multiplied by to be what the regularisation draws to: a number, 0 for no ' +
        'spectrum at all, or normalised, so that it has as many measured events as the data.',
    ),
  areaConstraint: z
    .boolean()
    .default(true)
    .describe('Whether the folded result must have as many events as are measured.'),
});

/** Parsed options of the method `tunfold`. */
export type TUnfoldOptions = z.output<typeof tunfoldOptions>;

/**
 * Regularised least squares, as TUnfold does it (Schmitt 2012, arXiv 1205.6201). Fakes are taken off by the share that
 * they have in the simulation. A measured bin without events has the variance that the simulation gives it, and is left
 * out if that has none either; true bins that are never measured are left out too.
 */
export function tunfoldUnfolder(options: TUnfoldOptions): BinnedUnfolder {
  return {
    input: 'bins',
    unfold: (problem, decided) => {
      const { response, measured } = problem;
      const pure = withVariances(removeFakes(measured, response), response);
      const [matrix, truth] = [probabilities(response), simulatedTruth(response)];
      const seen = indices(efficiencies(matrix, response.missed.length), (chance) => chance > 0);
      const used = indices(
        pure.covariance.map((row, d) => row[d]!),
        (variance) => variance > 0,
      );
      if (used.length === 0) throw new UserError('invalid data: no measured bin has events');
      const counts = used.map((d) => pure.counts[d]!);
      const simulated = used.map((d) => response.joint[d]!);
      const scale = scaleOf(options, counts, simulated);
      const squares = new RegularisedLeastSquares({
        response: new Matrix(used.map((d) => seen.map((i) => matrix[d]![i]!))),
        counts: Matrix.columnVector(counts),
        covariance: new Matrix(used.map((d) => used.map((e) => pure.covariance[d]![e]!))),
        conditions: conditionsOf(problem, seen, options),
        expected: Matrix.columnVector(seen.map((i) => scale * truth[i]!)),
        areaConstraint: options.areaConstraint,
      });
      return asBins(
        solutionOf(squares, { ...options, tau: decided?.['tau'] ?? options.tau }),
        seen,
        response.missed.length,
      );
    },
  };
}

/** An empty bin tells that few events were expected there: left out, it would tell nothing. */
function withVariances({ counts, covariance }: MeasuredBins, { joint }: Response): MeasuredBins {
  const simulated = joint.map((row) => row.reduce((sum, each) => sum + each, 0));
  const [events, all] = [counts, simulated].map((each) => each.reduce((sum, count) => sum + count, 0));
  const variances = covariance.map((row, d) =>
    row.map((value, e) => (d === e && value <= 0 ? Math.max(0, (simulated[d]! * events!) / all!) : value)),
  );
  return { counts, covariance: variances };
}

function indices(values: readonly number[], isWanted: (value: number) => boolean): number[] {
  return [...values.keys()].filter((i) => isWanted(values[i]!));
}

function conditionsOf({ chains }: BinnedProblem, seen: readonly number[], { regularisation }: TUnfoldOptions): Matrix {
  const inSeen = chains.map((chain) => chain.map((bin) => seen.indexOf(bin)).filter((bin) => bin >= 0));
  return smoothnessConditions(regularisation, seen.length, inSeen);
}

/** What the simulated spectrum is multiplied by. */
function scaleOf({ bias }: TUnfoldOptions, counts: readonly number[], simulated: Rows): number {
  if (bias !== 'normalised') return bias;
  const total = simulated.reduce((sum, row) => sum + row.reduce((inRow, each) => inRow + each, 0), 0);
  return counts.reduce((sum, count) => sum + count, 0) / total;
}

function solutionOf(squares: RegularisedLeastSquares, { tau }: Pick<TUnfoldOptions, 'tau'>): LeastSquaresSolution {
  if (tau === 'l-curve') return cornerOfLCurve(squares);
  return tau === 'least-correlation' ? leastCorrelation(squares) : squares.solve(tau);
}

function asBins(
  { values, covariance, tau, chiSquared }: LeastSquaresSolution,
  seen: number[],
  bins: number,
): UnfoldedBins {
  const all = Array<number>(bins).fill(0);
  const errors = all.map(() => Array<number>(bins).fill(0));
  for (const [k, i] of seen.entries()) {
    all[i] = values.get(k, 0);
    for (const [l, j] of seen.entries()) errors[i]![j] = covariance.get(k, l);
  }
  return { values: all, covariance: errors, decisions: { tau, chiSquared } };
}

/** The method `tunfold`. */
export const tunfold = component(Unfolder, 'tunfold', {
  description: 'Least squares with a penalty for size, slope or curvature, as TUnfold does it',
  options: tunfoldOptions,
  create: ({ options }) => tunfoldUnfolder(options),
});

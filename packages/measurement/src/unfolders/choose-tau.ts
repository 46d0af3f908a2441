import { globalCorrelations } from '../statistics/global-correlations.js';
import type { LeastSquaresSolution, RegularisedLeastSquares } from './least-squares.js';

/** How many strengths are tried, evenly in log tau. */
const TRIED = 120;
/** From where to where, in units of the tau at which data and regularisation have the same weight. */
const [WEAKEST, STRONGEST] = [1e-4, 10];

function scan(problem: RegularisedLeastSquares): LeastSquaresSolution[] {
  const { balance } = problem;
  const [low, high] = [Math.log(WEAKEST * balance), Math.log(STRONGEST * balance)];
  return Array.from({ length: TRIED }, (_, i) => problem.solve(Math.exp(low + ((high - low) * i) / (TRIED - 1))));
}

/**
 * The solution at the corner of the L-curve: where the curve of log penalty over log chi-squared is bent most (Hansen
 * 1992, SIAM Review 34, 561). Among 120 values of tau.
 */
export function cornerOfLCurve(problem: RegularisedLeastSquares): LeastSquaresSolution {
  const tried = scan(problem);
  const x = tried.map(({ chiSquared }) => Math.log(chiSquared));
  const y = tried.map(({ penalty }) => Math.log(penalty));
  const bends = tried.map((_, i) => bendAt(x, y, i));
  return tried[bends.indexOf(Math.max(...bends))]!;
}

/** Curvature (x' y'' - y' x'') / (x'^2 + y'^2)^(3/2) by differences of neighbours; at the ends none. */
function bendAt(x: readonly number[], y: readonly number[], i: number): number {
  if (i === 0 || i === x.length - 1) return Number.NEGATIVE_INFINITY;
  const slope = (of: readonly number[]): number => (of[i + 1]! - of[i - 1]!) / 2;
  const second = (of: readonly number[]): number => of[i + 1]! - 2 * of[i]! + of[i - 1]!;
  const bend = (slope(x) * second(y) - slope(y) * second(x)) / (slope(x) ** 2 + slope(y) ** 2) ** 1.5;
  return Number.isFinite(bend) ? bend : Number.NEGATIVE_INFINITY;
}

/** The solution whose bins have the least global correlation on average (TUnfold). Among 120 values of tau. */
export function leastCorrelation(problem: RegularisedLeastSquares): LeastSquaresSolution {
  const tried = scan(problem);
  const means = tried.map(({ covariance }) => meanOf(globalCorrelations(covariance.to2DArray())));
  return tried[means.indexOf(Math.min(...means))]!;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

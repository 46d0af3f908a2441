import { UserError } from '@unfold-zoo/core';
import { CholeskyDecomposition, inverse, Matrix } from 'ml-matrix';

/** Counts d of covariance V, that a response R should make of a spectrum x which is near x0 in the sense of L. */
export interface LeastSquaresProblem {
  /** [detector, truth] R. */
  readonly response: Matrix;
  /** [detector, 1] d. */
  readonly counts: Matrix;
  /** [detector, detector] V. */
  readonly covariance: Matrix;
  /** [conditions, truth] L. */
  readonly conditions: Matrix;
  /** [truth, 1] x0. */
  readonly expected: Matrix;
  /** Whether the folded spectrum has as many events as are measured. */
  readonly areaConstraint: boolean;
}

/** A solution for one strength of the regularisation. */
export interface LeastSquaresSolution {
  readonly tau: number;
  /** [truth, 1] */
  readonly values: Matrix;
  /** [truth, truth] */
  readonly covariance: Matrix;
  /** (d - R x)^T V^-1 (d - R x). */
  readonly chiSquared: number;
  /** |L (x - x0)|^2, without tau^2. */
  readonly penalty: number;
}

/**
 * Least squares with Tikhonov's regularisation (TUnfold; Schmitt 2012, arXiv 1205.6201): with
 * E = (R^T V^-1 R + tau^2 L^T L)^-1, x = E (R^T V^-1 d + tau^2 L^T L x0) + lambda E e, where e are the column sums of R
 * and lambda = (sum d - e^T x) / (e^T E e) under the area constraint, else 0.
 */
export class RegularisedLeastSquares {
  readonly #problem: LeastSquaresProblem;
  /** V^-1. */
  readonly #weight: Matrix;
  /** R^T V^-1 R. */
  readonly #curvature: Matrix;
  /** L^T L. */
  readonly #penalty: Matrix;

  constructor(problem: LeastSquaresProblem) {
    this.#problem = problem;
    this.#weight = inverse(problem.covariance);
    this.#curvature = problem.response.transpose().mmul(this.#weight).mmul(problem.response);
    this.#penalty = problem.conditions.transpose().mmul(problem.conditions);
  }

  /** The tau at which data and regularisation have the same weight, on average over bins. */
  get balance(): number {
    return Math.sqrt(this.#curvature.trace() / Math.max(this.#penalty.trace(), Number.MIN_VALUE));
  }

  /** @throws UserError where the measured bins, with this tau, do not determine the true ones. */
  solve(tau: number): LeastSquaresSolution {
    const { response, counts, covariance, expected, areaConstraint } = this.#problem;
    const penalty = Matrix.mul(this.#penalty, tau ** 2);
    const error = invertible(Matrix.add(this.#curvature, penalty), tau);
    const gain = error.mmul(response.transpose()).mmul(this.#weight);
    const free = Matrix.add(gain.mmul(counts), error.mmul(penalty).mmul(expected));
    const { values, derivative } = areaConstraint
      ? this.#constrained(free, gain, error)
      : { values: free, derivative: gain };
    const residual = Matrix.sub(counts, response.mmul(values));
    return {
      tau,
      values,
      covariance: derivative.mmul(covariance).mmul(derivative.transpose()),
      chiSquared: residual.transpose().mmul(this.#weight).mmul(residual).get(0, 0),
      penalty: this.#problem.conditions.mmul(Matrix.sub(values, expected)).norm('frobenius') ** 2,
    };
  }

  /** x + lambda E e, and its derivative by the counts. */
  #constrained(values: Matrix, gain: Matrix, error: Matrix): { values: Matrix; derivative: Matrix } {
    const { response, counts } = this.#problem;
    const sums = Matrix.columnVector(response.sum('column'));
    const direction = error.mmul(sums);
    const scale = sums.transpose().mmul(direction).get(0, 0);
    const missing = counts.sum() - sums.transpose().mmul(values).get(0, 0);
    const ofMissing = Matrix.sub(Matrix.ones(1, counts.rows), sums.transpose().mmul(gain));
    return {
      values: Matrix.add(values, Matrix.mul(direction, missing / scale)),
      derivative: Matrix.add(gain, Matrix.mul(direction.mmul(ofMissing), 1 / scale)),
    };
  }
}

/** Ratio of the squared extremes of the Cholesky factor below which a matrix is taken for singular. */
const SINGULAR = 1e-13;

function invertible(matrix: Matrix, tau: number): Matrix {
  const factor = new CholeskyDecomposition(Matrix.add(matrix, matrix.transpose()).mul(0.5));
  const diagonal = factor.lowerTriangularMatrix.diagonal();
  const isSingular = Math.min(...diagonal) ** 2 <= SINGULAR * Math.max(...diagonal) ** 2;
  if (factor.isPositiveDefinite() && !isSingular) return factor.solve(Matrix.eye(matrix.rows));
  const detail = `with tau = ${tau} the measured bins do not determine the true ones`;
  throw new UserError(`invalid tau: ${detail}; take a larger one, fewer true bins, or more measured ones`);
}

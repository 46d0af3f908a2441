import { component, UserError } from '@unfold-zoo/core';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { z } from 'zod';
import { type FittedRatio, RatioEstimator } from './density-ratio.js';
import { positiveSum } from './event-features.js';
import { polynomialFolding } from './polynomial-folding.js';
import { exponents, monomials, scaleOf } from './polynomials.js';

/**
 * Logistic regression: the logarithm of the ratio is a polynomial of the features, fitted by Newton's method. The same
 * events give the same ratio, without any chance. Exact for normal distributions with degree 2, and for as many
 * distinct points of one feature as the degree and one.
 */
export function polynomialRatio({ degree }: { readonly degree: number }): RatioEstimator {
  return {
    networks: 0,
    fit: async (numerator, denominator): Promise<FittedRatio> => {
      const [above, below] = [
        positiveSum(numerator.weights, 'the numerator'),
        positiveSum(denominator.weights, 'the denominator'),
      ];
      const scale = scaleOf([numerator, denominator]);
      const powers = exponents(numerator.width, degree);
      const terms = (features: Float64Array): Matrix => monomials(features, scale, powers);
      const coefficients = maximumLikelihood(
        { terms: terms(numerator.features), weights: numerator.weights, sum: above },
        { terms: terms(denominator.features), weights: denominator.weights, sum: below },
      );
      const offset = Math.log(above / below);
      return {
        logRatio: async (features) =>
          Float64Array.from(terms(features).mmul(coefficients).to1DArray(), (score) => score + offset),
        dispose: () => undefined,
      };
    },
    fitFolded: async (problem, rng) => polynomialFolding(problem, degree, rng),
  };
}

/** One class: its terms [n, terms], and weights that count in units of their sum. */
interface LabelledTerms {
  readonly terms: Matrix;
  readonly weights: Float64Array;
  readonly sum: number;
}

/** Updates after which a fit that has not come to rest is refused. */
const MOST_UPDATES = 200;

/** What a step may promise to take off the loss, twice, where a fit is nearly at rest. */
const NEGLIGIBLE_GAIN = 1e-12;

/** Share of the mean curvature that is added to it: terms that say the same are then no matter. */
const RIDGE = 1e-12;

/** [terms, 1] the coefficients of the largest likelihood, by Newton's method with halved updates. */
function maximumLikelihood(numerator: LabelledTerms, denominator: LabelledTerms): Matrix {
  const classes = [
    { ...numerator, label: 1 },
    { ...denominator, label: 0 },
  ];
  let coefficients = Matrix.zeros(numerator.terms.columns, 1);
  let before = Number.POSITIVE_INFINITY;
  for (let update = 0; update < MOST_UPDATES; update++) {
    const { step, gain } = newtonStep(classes, coefficients);
    // Near the end, where the loss is known to no more digits, steps are made as long as they promise less and less.
    if (gain < NEGLIGIBLE_GAIN && gain >= before) return coefficients;
    before = gain;
    coefficients = Matrix.add(coefficients, gain < NEGLIGIBLE_GAIN ? step : falling(classes, coefficients, step));
  }
  throw new UserError(
    'invalid classifier: the coefficients of the polynomial grow without end, as where no events of one sample lie ' +
      'beside those of the other; take a smaller degree, or the network',
  );
}

/** The step, halved until the loss falls. */
function falling(classes: readonly Labelled[], coefficients: Matrix, step: Matrix): Matrix {
  const loss = crossEntropy(classes, coefficients);
  const tried = step.clone();
  for (let halving = 0; halving < 40; halving++, tried.mul(0.5)) {
    if (crossEntropy(classes, Matrix.add(coefficients, tried)) <= loss) return tried;
  }
  return tried;
}

type Labelled = LabelledTerms & { readonly label: number };

/** Sum of w (ln(1 + e^s) - label s). */
function crossEntropy(classes: readonly Labelled[], coefficients: Matrix): number {
  let loss = 0;
  for (const { terms, weights, sum, label } of classes) {
    for (const [i, score] of terms.mmul(coefficients).to1DArray().entries()) {
      const softplus = Math.max(score, 0) + Math.log1p(Math.exp(-Math.abs(score)));
      loss += (weights[i]! / sum) * (softplus - label * score);
    }
  }
  return loss;
}

/**
 * The Newton step, and the product of it and the gradient, twice what it takes off the loss; along the gradient alone
 * where signed weights make the curvature no positive matrix.
 */
function newtonStep(classes: readonly Labelled[], coefficients: Matrix): { step: Matrix; gain: number } {
  const size = coefficients.rows;
  const [gradient, curvature] = [Matrix.zeros(size, 1), Matrix.zeros(size, size)];
  for (const { terms, weights, sum, label } of classes) {
    for (const [i, score] of terms.mmul(coefficients).to1DArray().entries()) {
      const [chance, weight] = [1 / (1 + Math.exp(-score)), weights[i]! / sum];
      addRow(gradient, curvature, terms, {
        row: i,
        pull: weight * (label - chance),
        bend: weight * chance * (1 - chance),
      });
    }
  }
  const ridge = RIDGE * (curvature.trace() / size);
  const symmetric = Matrix.add(curvature, curvature.transpose());
  for (let k = 0; k < size; k++) symmetric.set(k, k, curvature.get(k, k));
  const factor = new CholeskyDecomposition(symmetric.add(Matrix.eye(size, size, ridge)));
  const step = factor.isPositiveDefinite() ? factor.solve(gradient) : gradient;
  return { step, gain: gradient.transpose().mmul(step).get(0, 0) };
}

/** Adds what one event pulls at the coefficients, and how its pull changes with them. */
function addRow(
  gradient: Matrix,
  curvature: Matrix,
  terms: Matrix,
  { row, pull, bend }: { readonly row: number; readonly pull: number; readonly bend: number },
): void {
  for (let k = 0; k < terms.columns; k++) {
    const value = terms.get(row, k);
    gradient.set(k, 0, gradient.get(k, 0) + pull * value);
    for (let l = 0; l <= k; l++) curvature.set(k, l, curvature.get(k, l) + bend * value * terms.get(row, l));
  }
}

/** The classifier `polynomial`. */
export const polynomial = component(RatioEstimator, 'polynomial', {
  description:
    'Logistic regression on a polynomial of all observables: quick, without chance, for few observables whose ratio ' +
    'is smooth',
  options: z.object({
    degree: z.int().min(1).max(6).default(2).describe('Degree of the polynomial, in all observables together'),
  }),
  create: ({ options }) => polynomialRatio(options),
});

import { component, UserError } from '@unfold-zoo/core';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { z } from 'zod';
import { type FittedRatio, RatioEstimator } from './density-ratio.js';
import { positiveSum } from './event-features.js';
import { polynomialFolding } from './polynomial-folding.js';
import { exponents, monomials, polynomialAt, scaleOf, type Terms } from './polynomials.js';

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
      const terms = (features: Float64Array): Terms => monomials(features, scale, powers);
      const coefficients = maximumLikelihood(
        { terms: terms(numerator.features), weights: numerator.weights, sum: above },
        { terms: terms(denominator.features), weights: denominator.weights, sum: below },
      );
      const offset = Math.log(above / below);
      return {
        logRatio: async (features) => polynomialAt(terms(features), coefficients).map((score) => score + offset),
        dispose: () => undefined,
      };
    },
    fitFolded: async (problem, rng) => polynomialFolding(problem, degree, rng),
  };
}

/** One class: its terms [n, terms], and weights that count in units of their sum. */
interface LabelledTerms {
  readonly terms: Terms;
  readonly weights: Float64Array;
  readonly sum: number;
}

/** Updates after which a fit that has not come to rest is refused. */
const MOST_UPDATES = 200;

/** Halvings of a step after which it is made whatever comes of it. */
const MOST_HALVINGS = 40;

/** What a step may promise to take off the loss, twice, where a fit is nearly at rest. */
const NEGLIGIBLE_GAIN = 1e-12;

/** What a step may promise that is no more than rounding. */
const NO_GAIN = 1e-24;

/** Share of the mean curvature that is added to it: terms that say the same are then no matter. */
const RIDGE = 1e-12;

/** [terms] the coefficients of the largest likelihood, by Newton's method with halved updates. */
function maximumLikelihood(numerator: LabelledTerms, denominator: LabelledTerms): Float64Array {
  const classes = [
    { ...numerator, label: 1 },
    { ...denominator, label: 0 },
  ];
  let at: Place = placeOf(classes, new Float64Array(numerator.terms.count));
  let before = Number.POSITIVE_INFINITY;
  for (let update = 0; update < MOST_UPDATES; update++) {
    const { step, gain } = newtonStep(classes, at);
    // Near the end, where the loss is known to no more digits, steps are made as long as they promise less and less.
    if (gain < NO_GAIN || (gain < NEGLIGIBLE_GAIN && gain >= before)) return at.coefficients;
    before = gain;
    const whole = placeOf(classes, sum(at.coefficients, step));
    at = gain < NEGLIGIBLE_GAIN || whole.loss <= at.loss ? whole : falling(classes, at, step);
  }
  throw new UserError(
    'invalid classifier: the coefficients of the polynomial grow without end, as where no events of one sample lie ' +
      'beside those of the other; take a smaller degree, or the network',
  );
}

/** Where a fit is: coefficients, and what they give. */
interface Place {
  readonly coefficients: Float64Array;
  /** [classes][n] chance of every event to be of the numerator. */
  readonly chances: readonly Float64Array[];
  readonly loss: number;
}

/** The place after a step that is halved until the loss falls. */
function falling(classes: readonly Labelled[], at: Place, step: Float64Array): Place {
  for (let halving = 1, shorter = step; ; halving++) {
    shorter = shorter.map((value) => value / 2);
    const tried = placeOf(classes, sum(at.coefficients, shorter));
    if (tried.loss <= at.loss || halving === MOST_HALVINGS) return tried;
  }
}

function sum(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, k) => value + b[k]!);
}

type Labelled = LabelledTerms & { readonly label: number };

/** The loss is the sum of w (ln(1 + e^s) - label s). */
function placeOf(classes: readonly Labelled[], coefficients: Float64Array): Place {
  let loss = 0;
  const chances = classes.map(({ terms, weights, sum: total, label }) => {
    const own = polynomialAt(terms, coefficients);
    for (let i = 0; i < own.length; i++) {
      const score = own[i]!;
      const falling = Math.exp(-Math.abs(score));
      const softplus = Math.max(score, 0) + Math.log1p(falling);
      loss += (weights[i]! / total) * (softplus - label * score);
      own[i] = (score > 0 ? 1 : falling) / (1 + falling);
    }
    return own;
  });
  return { coefficients, chances, loss };
}

/**
 * The Newton step, and the product of it and the gradient, twice what it takes off the loss; along the gradient alone
 * where signed weights make the curvature no positive matrix.
 */
function newtonStep(classes: readonly Labelled[], { coefficients, chances }: Place) {
  const size = coefficients.length;
  const [gradient, curvature] = [new Float64Array(size), new Float64Array(size * size)];
  for (const [k, each] of classes.entries()) addClass(gradient, curvature, each, chances[k]!);
  const step = positiveSolution(curvature, gradient) ?? gradient;
  return { step, gain: step.reduce((gain, value, k) => gain + value * gradient[k]!, 0) };
}

/** The solution of curvature step = gradient, with a ridge; none where the curvature is no positive matrix. */
function positiveSolution(lower: Float64Array, gradient: Float64Array): Float64Array | undefined {
  const size = gradient.length;
  const curvature = Matrix.from1DArray(size, size, lower);
  const ridge = RIDGE * (curvature.trace() / size);
  const symmetric = Matrix.add(curvature, curvature.transpose());
  for (let k = 0; k < size; k++) symmetric.set(k, k, curvature.get(k, k) + ridge);
  const factor = new CholeskyDecomposition(symmetric);
  if (!factor.isPositiveDefinite()) return undefined;
  return Float64Array.from(factor.solve(Matrix.columnVector(gradient)).to1DArray());
}

/** Adds what the events pull at the coefficients, and how that changes with them: the lower half of a matrix. */
function addClass(
  gradient: Float64Array,
  curvature: Float64Array,
  { terms: { values }, weights, sum: total, label }: Labelled,
  chances: Float64Array,
): void {
  const size = gradient.length;
  for (let row = 0, first = 0; row < chances.length; row++, first += size) {
    const chance = chances[row]!;
    const pull = (weights[row]! / total) * (label - chance);
    const bend = (weights[row]! / total) * chance * (1 - chance);
    for (let k = 0; k < size; k++) {
      const value = values[first + k]!;
      gradient[k]! += pull * value;
      for (let l = 0; l <= k; l++) curvature[k * size + l]! += bend * value * values[first + l]!;
    }
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

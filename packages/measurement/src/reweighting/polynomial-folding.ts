import { type Rng, UserError } from '@unfold-zoo/core';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import type { FittedRatio, FoldingProblem } from './density-ratio.js';
import { positiveSum } from './event-features.js';
import { exponents, monomials, polynomialAt, scaleOf, type Terms } from './polynomials.js';

/** Random waves that stand for the kernel. */
const WAVES = 100;
const MOST_UPDATES = 200;
/** Share of the loss that an update must take off, or the fit is at rest; and a loss that is none. */
const LEAST_GAIN = 1e-9;
const NO_LOSS = 1e-24;
const LARGEST_DAMPING = 1e12;

/**
 * A factor exp(s(z)) of the truth z, s a polynomial, whose mean over events that look alike at the detector is given:
 * of r = 1 - exp(s(z) - ln ratio(x)), the mean at every x is to be 0. Minimised is the double sum of r K r' over pairs
 * of events with a Gaussian kernel K of their distance at the detector (arXiv 2602.24282), by the method of Levenberg
 * and Marquardt. The kernel is the mean of random waves of its spectrum (Rahimi and Recht 2007), of which the double
 * sum is a sum of squares; an event is a pair with itself, which counts as one of so many events.
 */
export function polynomialFolding(problem: FoldingProblem, degree: number, rng: Rng): FittedRatio {
  const { truth } = problem;
  const scale = scaleOf([truth]);
  const powers = exponents(truth.width, degree);
  const terms = (features: Float64Array): Terms => monomials(features, scale, powers);
  const coefficients = leastSquares(terms(truth.features), problem, wavesOf(problem, rng));
  return {
    logRatio: async (features) => polynomialAt(terms(features), coefficients.to1DArray()),
    dispose: () => undefined,
  };
}

/** [waves][n] cosines of random frequencies and phases, whose mean product over waves is half the kernel. */
function wavesOf({ detector, bandwidth }: FoldingProblem, rng: Rng): Float64Array[] {
  const { features, width } = detector;
  const { mean, inverse } = scaleOf([detector]);
  return Array.from({ length: WAVES }, (_, k) => {
    const own = rng.fork(`wave ${k}`);
    const frequencies = Float64Array.from({ length: width }, () => own.normal() / bandwidth);
    const phase = 2 * Math.PI * own.uniform();
    return Float64Array.from({ length: features.length / width }, (_, row) => {
      let angle = phase;
      for (let i = 0; i < width; i++) angle += frequencies[i]! * (features[row * width + i]! - mean[i]!) * inverse[i]!;
      return Math.cos(angle);
    });
  });
}

/** [terms, 1] the coefficients of the least loss. */
function leastSquares(terms: Terms, problem: FoldingProblem, waves: readonly Float64Array[]): Matrix {
  const { weights } = problem.truth;
  const total = positiveSum(weights, 'the simulation');
  const shares = weights.map((weight) => weight / total);
  const residuals = (coefficients: Matrix): Residuals => residualsOf({ terms, problem, shares, waves }, coefficients);
  let coefficients = Matrix.zeros(terms.count, 1);
  coefficients.set(0, 0, Math.log(meanRatio(problem.logRatios, shares)));
  let now = residuals(coefficients);
  let damping = 1e-3;
  for (let update = 0; update < MOST_UPDATES; update++) {
    const tried = Matrix.add(coefficients, dampedStep(now, damping));
    const next = residuals(tried);
    if (next.loss < now.loss) {
      const isAtRest = now.loss - next.loss <= LEAST_GAIN * now.loss || next.loss < NO_LOSS;
      [coefficients, now, damping] = [tried, next, damping / 10];
      if (isAtRest) return coefficients;
    } else if (damping > LARGEST_DAMPING) return coefficients;
    else damping *= 10;
  }
  throw new UserError(
    'invalid classifier: the coefficients of the polynomial of the truth grow without end; take a smaller degree, a ' +
      'larger bandwidth, or the network',
  );
}

function meanRatio(logRatios: Float64Array, shares: Float64Array): number {
  return logRatios.reduce((sum, log, i) => sum + shares[i]! * Math.exp(log), 0);
}

/** Means of r times every wave, and how they change with the coefficients. */
interface Residuals {
  /** [waves, 1] and [waves, terms]. */
  readonly means: Matrix;
  readonly slopes: Matrix;
  readonly loss: number;
}

interface Fit {
  readonly terms: Terms;
  readonly problem: FoldingProblem;
  readonly shares: Float64Array;
  readonly waves: readonly Float64Array[];
}

function residualsOf({ terms, problem, shares, waves }: Fit, coefficients: Matrix): Residuals {
  const factors = polynomialAt(terms, coefficients.to1DArray());
  for (const [i, log] of factors.entries()) factors[i] = Math.exp(log - problem.logRatios[i]!);
  const [means, slopes] = [Matrix.zeros(waves.length, 1), Matrix.zeros(waves.length, terms.count)];
  for (const [k, wave] of waves.entries()) {
    let mean = 0;
    for (let i = 0; i < factors.length; i++) mean += shares[i]! * (1 - factors[i]!) * wave[i]!;
    means.set(k, 0, mean);
    for (let term = 0; term < terms.count; term++) {
      let slope = 0;
      for (let i = 0; i < factors.length; i++)
        slope -= shares[i]! * factors[i]! * wave[i]! * terms.values[i * terms.count + term]!;
      slopes.set(k, term, slope);
    }
  }
  const loss = means.transpose().mmul(means).get(0, 0);
  return { means, slopes, loss: Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY };
}

/** The step of Gauss and Newton, with a share of the curvature of each coefficient added to it. */
function dampedStep({ means, slopes }: Residuals, damping: number): Matrix {
  const curvature = slopes.transpose().mmul(slopes);
  const gradient = slopes.transpose().mmul(means);
  const least = 1e-15 * curvature.trace();
  for (let k = 0; k < curvature.rows; k++) curvature.set(k, k, curvature.get(k, k) * (1 + damping) + least);
  return new CholeskyDecomposition(curvature).solve(gradient).mul(-1);
}

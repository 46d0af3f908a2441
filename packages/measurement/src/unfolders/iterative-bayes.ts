import { component } from '@unfold-zoo/core';
import { Matrix } from 'ml-matrix';
import { z } from 'zod';
import { efficiencies, probabilities, type Response, simulatedTruth } from '../response/response.js';
import { type BinnedUnfolder, type MeasuredBins, Unfolder } from './unfolder.js';

/** Options of the method `iterative-bayes`. */
export const iterativeBayesOptions = z.object({
  iterations: z
    .int()
    .min(1)
    .max(100_000)
    .default(4)
    .describe('Most iterations; fewer keep more of the simulated spectrum, more have larger errors.'),
  stopBelow: z
    .number()
    .gt(0)
    .optional()
    .describe(
      'Stop once the sum of the squared changes of all bins, over the sum of all bins, is below this; 1 is a change ' +
        'of the size of the Poisson error of all events. Default: never.',
    ),
  prior: z
    .enum(['simulation', 'flat'])
    .default('simulation')
    .describe('Where to start: from the simulated spectrum, or from the same number in every bin.'),
});

/** Parsed options of the method `iterative-bayes`. */
export type IterativeBayesOptions = z.output<typeof iterativeBayesOptions>;

/** Chances that true bins, with the fakes as one more of them, show up in measured bins. */
interface Causes {
  /** [detector][causes] */
  readonly matrix: readonly (readonly number[])[];
  /** [causes] */
  readonly prior: readonly number[];
  /** [causes] */
  readonly efficiency: readonly number[];
}

/** A spectrum and how it changes with the measured counts. */
interface Iterate {
  /** [causes] */
  readonly truth: readonly number[];
  /** [causes, detector] d truth / d counts. */
  readonly derivative: Matrix;
}

/**
 * Iterative Bayesian unfolding (D'Agostini 1995, Nucl. Instrum. Meth. A 362, 487): Bayes' theorem says from which true
 * bins the measured events came, and what it makes of them is the next prior. Each iteration is one of expectation
 * maximisation. Errors are propagated through all iterations (Adye 2011, arXiv 1105.1160, section 4.1, which D'Agostini
 * leaves out). Fakes are one more true bin. A measured bin that no true bin leads to tells nothing and is left out.
 */
export function iterativeBayesUnfolder({ iterations, stopBelow, prior }: IterativeBayesOptions): BinnedUnfolder {
  return {
    input: 'bins',
    unfold: ({ response, measured }, decided) => {
      const kept = decided?.['iterations'];
      const causes = causesOf(response, prior);
      let found = start(causes, measured);
      let made = 0;
      let change = Number.POSITIVE_INFINITY;
      const goesOn = (): boolean => {
        if (kept !== undefined) return made < kept;
        return made < iterations && !(stopBelow !== undefined && change < stopBelow);
      };
      while (goesOn()) {
        const next = iterate(found, causes, measured);
        change = relativeChange(found.truth, next.truth);
        found = next;
        made++;
      }
      const bins = response.missed.length;
      const derivative = found.derivative.subMatrix(0, bins - 1, 0, measured.counts.length - 1);
      const covariance = derivative.mmul(new Matrix(copyOf(measured.covariance))).mmul(derivative.transpose());
      return {
        values: found.truth.slice(0, bins),
        covariance: covariance.to2DArray(),
        decisions: { iterations: made, change },
      };
    },
  };
}

function causesOf(response: Response, prior: IterativeBayesOptions['prior']): Causes {
  const truth = simulatedTruth(response);
  const fakes = response.fakes.reduce((sum, each) => sum + each, 0);
  const matrix = probabilities(response).map((row, d) => [...row, fakes === 0 ? 0 : response.fakes[d]! / fakes]);
  const mean = truth.reduce((sum, each) => sum + each, 0) / truth.length;
  return {
    matrix,
    prior: [...(prior === 'flat' ? truth.map(() => mean) : truth), fakes],
    efficiency: efficiencies(matrix, truth.length + 1),
  };
}

function start({ prior }: Causes, { counts }: MeasuredBins): Iterate {
  return { truth: prior, derivative: Matrix.zeros(prior.length, counts.length) };
}

/**
 * t'_i = (t_i / eps_i) sum_j R_ji d_j / f_j with f = R t; and with M_ij = R_ji t_i / (eps_i f_j),
 * dt'/dd = M + diag(t'/t) D - M diag(d) M^T diag(eps/t) D, where D is the derivative of the iteration before.
 */
function iterate({ truth, derivative }: Iterate, { matrix, efficiency }: Causes, { counts }: MeasuredBins): Iterate {
  const folded = matrix.map((row) => row.reduce((sum, chance, i) => sum + chance * truth[i]!, 0));
  const assigned = new Matrix(
    truth.map((count, i) => matrix.map((row, j) => ratio(row[i]! * count, efficiency[i]! * folded[j]!))),
  );
  const next = assigned.to2DArray().map((row) => row.reduce((sum, share, j) => sum + share * counts[j]!, 0));
  const scaled = diagonal(next.map((count, i) => ratio(count, truth[i]!)));
  const back = diagonal(truth.map((count, i) => ratio(efficiency[i]!, count)));
  const mixing = assigned.mmul(diagonal(counts)).mmul(assigned.transpose()).mmul(back);
  return { truth: next, derivative: Matrix.add(assigned, Matrix.sub(scaled, mixing).mmul(derivative)) };
}

/** A bin without events, or one that is never measured, has no part in anything. */
function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

function diagonal(values: readonly number[]): Matrix {
  return Matrix.diag([...values]);
}

function copyOf(rows: readonly (readonly number[])[]): number[][] {
  return rows.map((row) => [...row]);
}

function relativeChange(before: readonly number[], after: readonly number[]): number {
  const squares = after.reduce((sum, count, i) => sum + (count - before[i]!) ** 2, 0);
  return ratio(squares, Math.abs(after.reduce((sum, count) => sum + count, 0)));
}

/** The method `iterative-bayes`. */
export const iterativeBayes = component(Unfolder, 'iterative-bayes', {
  description: "D'Agostini's iterative Bayesian unfolding, with errors propagated through all iterations",
  options: iterativeBayesOptions,
  create: ({ options }) => iterativeBayesUnfolder(options),
});

import { UserError } from '@unfold-zoo/core';
import { bottomLine } from '../method-tests/bottom-line.js';
import type { Rows } from '../response/response.js';
import { sampleCovariance } from '../statistics/covariance.js';
import type { BinnedProblem } from '../unfolders/unfolder.js';
import type { BinnedObservable } from './binned-sample.js';
import type { UnfoldedValues } from './unfold-spectra.js';

/** The iteration that is the result. */
export interface ChosenIteration {
  /** From 0. */
  readonly index: number;
  /** [iterations] the largest ratio of the bottom line of all observables. */
  readonly ratios: readonly number[];
}

/**
 * The last iteration up to which the unfolded data exclude the simulation by no more than the measured data do, for
 * every observable: the bottom line of Cousins, May and Sun (arXiv 1607.07038). The first one, if none does.
 *
 * The covariance of the unfolded bins is that of N replicas. The inverse of a sample covariance of p bins is too large
 * by (N - 1) / (N - p - 2) on average (Hartlap et al. 2007, astro-ph/0608064, eq. 17), which is taken off.
 * @param problems of each observable.
 * @param iterations [iterations][observables]
 * @param replicas [replicas][iterations, observables, bins]
 */
export function chooseIteration(
  problems: readonly BinnedProblem[],
  iterations: readonly (readonly UnfoldedValues[])[],
  replicas: Rows,
): ChosenIteration {
  let start = 0;
  const ratios = iterations.map((observables) =>
    Math.max(
      ...observables.map(({ values, decisions }, k) => {
        const own = replicas.map((row) => row.slice(start, start + values.length));
        start += values.length;
        const { ratio, unfolded } = bottomLine(problems[k]!, { values, covariance: sampleCovariance(own), decisions });
        return ratio * ((replicas.length - unfolded.degreesOfFreedom - 2) / (replicas.length - 1));
      }),
    ),
  );
  const first = ratios.findIndex((ratio) => !(ratio <= 1));
  return { index: first < 0 ? ratios.length - 1 : Math.max(0, first - 1), ratios };
}

/**
 * Refuses too few replicas for the bottom line.
 * @throws UserError
 */
export function checkReplicas(observables: readonly BinnedObservable[], replicas: number): void {
  const bins = Math.max(...observables.map(({ truth }) => truth.size));
  if (replicas > bins + 2) return;
  throw new UserError(
    `invalid errors.replicas: expected more than ${bins + 2}, the ${bins} bins of an observable and 2, ` +
      `where a method stops by the bottom line, got ${replicas}`,
  );
}

import type { Rng } from '@unfold-zoo/core';
import { poisson } from '../response/poisson.js';
import { diagonal } from '../statistics/covariance.js';
import type { BinnedProblem, BinnedUnfolder } from '../unfolders/unfolder.js';
import { stressedTruth } from './stressed-truth.js';

/** How often the quoted errors hold the truth. */
export interface Coverage {
  /** [truth] share of toys whose error of one standard deviation holds the true number of events; 0.683 if right. */
  readonly bins: readonly number[];
  /** Mean over bins between the edges. */
  readonly mean: number;
  /** [truth] mean over toys of (unfolded - truth) / error. */
  readonly pulls: readonly number[];
  readonly toys: number;
}

/**
 * Coverage over toys: Poisson numbers are drawn about what is measured of a spectrum on average, and unfolded. With
 * `slope` the spectrum differs from the simulation, and what regularisation costs shows.
 */
export function coverage(
  unfolder: BinnedUnfolder,
  problem: BinnedProblem,
  { toys, slope = 0, rng }: { readonly toys: number; readonly slope?: number; readonly rng: Rng },
): Coverage {
  const events = problem.measured.counts.reduce((sum, count) => sum + count, 0);
  const { truth, expected } = stressedTruth(problem.response, problem.chains, { slope, events });
  const [covered, pulls] = [truth.map(() => 0), truth.map(() => 0)];
  for (let toy = 0; toy < toys; toy++) {
    const stream = rng.fork(`toy ${toy}`);
    const counts = expected.map((mean) => poisson(mean, stream));
    const { values, covariance } = unfolder.unfold({
      ...problem,
      measured: { counts, covariance: diagonal(counts) },
    });
    for (const [i, value] of values.entries()) {
      const error = Math.sqrt(covariance[i]![i]!);
      const pull = error > 0 ? (value - truth[i]!) / error : 0;
      pulls[i]! += pull / toys;
      if (error > 0 && Math.abs(pull) <= 1) covered[i]! += 1 / toys;
    }
  }
  const inner = [...new Set(problem.chains.flat())];
  const mean = inner.reduce((sum, i) => sum + covered[i]!, 0) / inner.length;
  return { bins: covered, mean, pulls, toys };
}

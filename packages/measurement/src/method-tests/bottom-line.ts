import { simulatedDetector, simulatedTruth } from '../response/response.js';
import { agreement, type SpectraAgreement } from '../statistics/chi-squared.js';
import type { BinnedProblem, UnfoldedBins } from '../unfolders/unfolder.js';

/** Whether unfolding claims more than was measured. */
export interface BottomLine {
  /** Data and simulation, before unfolding. */
  readonly detector: SpectraAgreement;
  /** Unfolded data and simulated truth. */
  readonly unfolded: SpectraAgreement;
  /** Chi-squared after over before unfolding: above 1, the unfolded data exclude more than the measured ones do. */
  readonly ratio: number;
}

/**
 * The bottom line test (Cousins, May and Sun 2016, arXiv 1607.07038): no model may be excluded by the unfolded data
 * that the measured data do not exclude. The model is the simulation, scaled to the measured number of events.
 */
export function bottomLine({ response, measured }: BinnedProblem, { values, covariance }: UnfoldedBins): BottomLine {
  const simulated = simulatedDetector(response);
  const [events, all] = [measured.counts, simulated].map((each) => each.reduce((sum, count) => sum + count, 0));
  const scale = events! / all!;
  const before = measured.counts.map((count, d) => count - scale * simulated[d]!);
  const truth = simulatedTruth(response);
  const after = values.map((value, i) => value - scale * truth[i]!);
  const [detector, unfolded] = [agreement(before, measured.covariance), agreement(after, covariance)];
  return { detector, unfolded, ratio: unfolded.chiSquared / detector.chiSquared };
}

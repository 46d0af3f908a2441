import { type Response, truePurity } from '../response/response.js';
import type { MeasuredBins } from './unfolder.js';

/** Measured counts times the share of the simulated ones that are true: what is left without fakes. */
export function removeFakes({ counts, covariance }: MeasuredBins, response: Response): MeasuredBins {
  const purity = truePurity(response);
  return {
    counts: counts.map((count, d) => purity[d]! * count),
    covariance: covariance.map((row, d) => row.map((value, e) => purity[d]! * purity[e]! * value)),
  };
}

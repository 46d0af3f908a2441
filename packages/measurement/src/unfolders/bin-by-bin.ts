import { component, UserError } from '@unfold-zoo/core';
import { z } from 'zod';
import { simulatedDetector, simulatedTruth } from '../response/response.js';
import { type BinnedUnfolder, Unfolder } from './unfolder.js';

/**
 * Every measured bin times the simulated ratio of true to measured events in it. Right only where the simulation has
 * the right spectrum or hardly any event changes its bin; it knows nothing of migration, and its errors are too small.
 */
export const binByBinUnfolder: BinnedUnfolder = {
  input: 'bins',
  unfold: ({ response, measured }) => {
    const [truth, detector] = [simulatedTruth(response), simulatedDetector(response)];
    if (truth.length !== detector.length) {
      const expected = `as many measured bins as true ones, ${truth.length}`;
      throw new UserError(`invalid detectorBins: "bin-by-bin" needs ${expected}, got ${detector.length}`);
    }
    const factors = truth.map((sum, i) => (detector[i] === 0 ? 0 : sum / detector[i]!));
    return {
      values: measured.counts.map((count, i) => factors[i]! * count),
      covariance: measured.covariance.map((row, i) => row.map((value, j) => factors[i]! * factors[j]! * value)),
      decisions: {},
    };
  },
};

/** The method `bin-by-bin`. */
export const binByBin = component(Unfolder, 'bin-by-bin', {
  description: 'Correction factors: measured bins times the simulated ratio of true to measured events',
  options: z.object({}),
  create: () => binByBinUnfolder,
});

import { UserError } from '@unfold-zoo/core';
import { efficiencies, probabilities, simulatedDetector, simulatedTruth } from '../response/response.js';
import { type BinnedObservable, binSimulation, responseOf, type SimulatedColumns } from './binned-sample.js';

/**
 * Refuses a simulation from which no response follows, and says what a reader must know of the others.
 * @returns for each observable, sentences about true bins that the detector never shows.
 * @throws UserError that names the observable and the bin, for true bins whose weights have a negative sum, and for a
 * simulation of which nothing is measured.
 */
export function checkSimulation(observables: readonly BinnedObservable[], simulation: SimulatedColumns): string[][] {
  const binned = binSimulation(simulation, observables);
  return observables.map(({ name, truth }, k) => {
    const response = responseOf(binned, observables, k);
    const totals = simulatedTruth(response);
    const negative = totals.findIndex((sum) => sum < 0);
    if (negative >= 0) {
      const bin = `the weights of true bin "${truth.labelOf(negative)}" of ${name} have the sum ${totals[negative]}`;
      throw new UserError(`invalid simulation: ${bin}; take wider bins, or more events`);
    }
    if (!simulatedDetector(response).some((sum) => sum !== 0)) {
      throw new UserError(`invalid simulation: none of its events has a measured value of ${name}`);
    }
    const seen = efficiencies(probabilities(response), truth.size);
    const unseen = [...totals.keys()].filter((bin) => totals[bin]! > 0 && !(seen[bin]! > 0));
    if (unseen.length === 0) return [];
    const labels = unseen.map((bin) => truth.labelOf(bin)).join('; ');
    return [`No simulated event of these true bins is measured, so that methods give 0 for them: ${labels}.`];
  });
}

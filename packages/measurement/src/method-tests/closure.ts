import type { Rng } from '@unfold-zoo/core';
import { trueSums } from '../measurement/binned-sample.js';
import type { MeasurementInput } from '../measurement/measurement-input.js';
import { filterColumns } from '../measurement/read-columns.js';
import { agreementWith, unfoldMeasurement } from '../measurement/unfold.js';
import type { ErrorOptions, NamedUnfolder } from '../measurement/unfolding-work.js';
import type { SpectraAgreement } from '../statistics/chi-squared.js';
import type { EventColumns } from '../unfolders/unfolder.js';

/** How well one half of the simulation is unfolded with the other. */
export interface Closure {
  /** Name of the observable. */
  readonly observable: string;
  /** Of the unfolded half with its truth, in errors of the data and of the simulation together. */
  readonly agreement: SpectraAgreement;
}

/**
 * Closure on a split sample: a random half of the simulated events stands for the data, the other half for the
 * simulation. The truth is that of the same events, so that chi-squared is rather below its degrees of freedom than
 * above them; a small chance means that the method is wrong.
 */
export async function closure(
  input: Pick<MeasurementInput, 'observables' | 'simulation' | 'observeTruth'>,
  method: NamedUnfolder,
  options: ErrorOptions,
): Promise<Closure[]> {
  const { observables, simulation, observeTruth } = input;
  const isData = halves(simulation.truth.weights.length, options.rng.fork('closure'));
  const part = (events: EventColumns, wanted: boolean): EventColumns =>
    filterColumns(events, (i) => isData[i] === wanted);
  const half = { truth: part(simulation.truth, false), detector: part(simulation.detector, false) };
  const truth = part(simulation.truth, true);
  const data = part(simulation.detector, true);
  const { spectra } = await unfoldMeasurement({ observables, simulation: half, data, observeTruth }, method, options);
  const expected = trueSums(truth, observables);
  return observables.map(({ name }, k) => ({ observable: name, agreement: agreementWith(spectra[k]!, expected[k]!) }));
}

function halves(events: number, rng: Rng): boolean[] {
  return Array.from({ length: events }, () => rng.uniform() < 0.5);
}

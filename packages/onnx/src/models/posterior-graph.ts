import type { EventSpec, GenerativeModel } from '@unfold-zoo/core';
import type { EventScaling } from '@unfold-zoo/core/events';
import { type RecordedGraph, recordGraph } from '../recording/record.js';
import { inDoublePrecision, observedInputs, physicalMomenta, scaledObservation } from './physical-units.js';

/** A trained model, as it is exported. */
export interface ExportedModel {
  /** Makes the model with its weights, on the tfjs backend that is current then. */
  make(): GenerativeModel;
  readonly spec: EventSpec;
  readonly scaling: EventScaling;
}

/**
 * The whole way from the detector to a draw as one graph. In: the objects of every kind and their masks, by the names
 * of the event description, in physical units, and the random numbers `noise`. Out: `momenta` [rows, particles, 5],
 * mass, energy, px, py and pz in GeV. A row is a draw.
 * @throws UserError for a model of which no graph can be made; it says why.
 */
export function posteriorGraph({ make, spec, scaling }: ExportedModel): Promise<RecordedGraph> {
  return recordGraph('posterior', (recording) => {
    const model = make();
    recording.nameWeights(model);
    const observed = inDoublePrecision(observedInputs(spec, recording), recording);
    const posterior = model.posterior(scaledObservation(observed, scaling, recording));
    const drawn = posterior.draw(recording.rng);
    return { momenta: physicalMomenta(drawn, { observed, spec, scaling }, recording) };
  });
}

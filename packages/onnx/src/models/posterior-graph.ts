import type { EventSpec, GenerativeModel } from '@unfold-zoo/core';
import { Ensemble } from '@unfold-zoo/core/ensemble';
import type { EventScaling } from '@unfold-zoo/core/events';
import { type RecordedGraph, recordGraph } from '../recording/record.js';
import { mixtureGraph } from './mixture-graph.js';
import { inDoublePrecision, mapSets, observedInputs, physicalMomenta, scaledObservation } from './physical-units.js';

/** A trained model, as it is exported. */
export interface ExportedModel {
  /** Makes the model with its weights, on the tfjs backend that is current then. */
  make(): GenerativeModel;
  readonly spec: EventSpec;
  readonly scaling: EventScaling;
}

/** What the rows of a graph are. */
export interface RowsOfGraph {
  /** Whether all are of one event, which is taken from the first of them and encoded once. Default: false. */
  readonly oneEvent?: boolean;
}

/**
 * The whole way from the detector to a draw as one graph. In: the objects of every kind and their masks, by the names
 * of the event description, in physical units, and the random numbers `noise`. Out: `momenta` [rows, particles, 5],
 * mass, energy, px, py and pz in GeV. A row is a draw. Of an ensemble that draws from several members, `member` goes in
 * too: which of them makes the draw of a row.
 * @throws UserError for a model of which no graph can be made; it says why.
 */
export async function posteriorGraph(exported: ExportedModel, rows: RowsOfGraph = {}): Promise<RecordedGraph> {
  const { graph, members } = await memberGraph(exported, 0, rows);
  if (members === 1) return graph;
  const graphs = [graph];
  while (graphs.length < members) graphs.push((await memberGraph(exported, graphs.length, rows)).graph);
  return mixtureGraph(graphs);
}

/** The posterior of one of the models that an ensemble draws from, and how many these are; any other model is one. */
async function memberGraph({ make, spec, scaling }: ExportedModel, index: number, { oneEvent = false }: RowsOfGraph) {
  let members = 1;
  const graph = await recordGraph('posterior', (recording) => {
    const drawing = drawingModels(make());
    members = drawing.length;
    const model = drawing[index]!;
    recording.nameWeights(model);
    const observed = inDoublePrecision(observedInputs(spec, recording), recording);
    const scaled = scaledObservation(observed, scaling, recording);
    const seen = oneEvent
      ? mapSets(scaled, ({ features, mask }) => ({
          features: recording.firstRow(features),
          mask: recording.firstRow(mask),
        }))
      : scaled;
    const drawn = model.posterior(seen).draw(recording.rng, oneEvent ? recording.rows : 1);
    return { momenta: physicalMomenta(drawn, { observed, spec, scaling }, recording) };
  });
  return { graph, members };
}

/** The members that an ensemble draws from; any other model is one itself. */
export function drawingModels(model: GenerativeModel): readonly GenerativeModel[] {
  return model instanceof Ensemble ? model.drawing : [model];
}

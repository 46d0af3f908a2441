import { encodeOnnx, type Graph, posteriorGraph } from '@unfold-zoo/onnx';
import { drawingSeeds } from '../configs/drawing-seeds.js';
import { readTrainedModel } from '../draws/drawing-model.js';
import { type ExportedRun, notesOf } from './export-model.js';

/** The way from one event to draws, as a graph that other programs compute: a row is a draw, all of the same event. */
export interface DrawingGraph {
  /** An ONNX file; docs/export.md says what goes in and comes out. */
  readonly onnx: Uint8Array;
  /** Standard normal numbers that a draw takes. */
  readonly noise: number;
  /** Numbers between 0 and 1 that a draw takes. */
  readonly uniform: number;
  /** Models of an ensemble that draw; 1 for any other model. */
  readonly members: number;
}

/** Makes the graph of the trained model of a run. @throws UserError for a model of which no graph can be made. */
export async function drawingGraph(run: ExportedRun, checkpoint: string): Promise<DrawingGraph> {
  const trained = readTrainedModel(run, checkpoint);
  const members = drawingSeeds(run.config)?.length ?? 1;
  // The rows of a member need not be of the first event.
  const { graph, batch } = await posteriorGraph(trained, { oneEvent: members === 1 });
  return {
    onnx: encodeOnnx(graph, batch, notesOf(run, trained)),
    noise: widthOf(graph, 'noise'),
    uniform: widthOf(graph, 'uniform'),
    members,
  };
}

function widthOf({ inputs }: Graph, name: string): number {
  return inputs.find((input) => input.name === name)?.shape[1] ?? 0;
}

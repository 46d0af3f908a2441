import { join, resolve } from 'node:path';
import { Sampler, version } from '@unfold-zoo/core';
import type { Choice, Config } from '@unfold-zoo/core/config';
import { checkOverwritesNoInput, checkReplaceable, writeFileAtomically } from '@unfold-zoo/core/files';
import { checkOptions } from '@unfold-zoo/core/options';
import { encodeOnnx, PART_GRAPHS, partGraph, posteriorGraph, type RecordedGraph } from '@unfold-zoo/onnx';
import { drawingSeeds } from '../configs/drawing-seeds.js';
import { readTrainedModel, type TrainedModel } from '../draws/drawing-model.js';
import type { Log } from '../run/log.js';
import type { RunDirectory } from '../run/run-directory.js';
import { WriteLock } from '../writing/write-lock.js';
import { type ExportOptions, exportOptions } from './export-options.js';

/** The run whose model is exported. */
export interface ExportedRun {
  readonly directory: RunDirectory;
  readonly config: Config;
  readonly spec: TrainedModel['spec'];
  readonly log: Log;
  /** Files that the run reads. */
  readonly inputs: readonly string[];
}

/** What was written. */
export interface ExportResult {
  /** Absolute path of the folder. */
  readonly folder: string;
  /** Paths of the files. */
  readonly files: readonly string[];
}

/**
 * Writes the trained model of a run as ONNX files: `posterior.onnx` and a file for each part that it has.
 * @throws UserError for a model of which no graph can be made, and files that are there already.
 */
export async function exportModel(run: ExportedRun, options: ExportOptions): Promise<ExportResult> {
  const { out, checkpoint, force } = checkOptions(exportOptions, options);
  const folder = resolve(out ?? run.directory.onnx);
  using _lock = await WriteLock.ofOutput(folder, { work: 'exporting a model', log: run.log });
  const paths = ['posterior', ...PART_GRAPHS].map((name) => join(folder, `${name}.onnx`));
  checkOverwritesNoInput(paths, run.inputs);
  for (const path of paths) checkReplaceable(path, { force });
  const trained = readTrainedModel(run, checkpoint);
  const files = new Map<string, Uint8Array>();
  for await (const recorded of graphsOf(trained))
    files.set(
      join(folder, `${recorded.graph.name}.onnx`),
      encodeOnnx(recorded.graph, recorded.batch, notesOf(run, trained)),
    );
  for (const [path, bytes] of files) writeFileAtomically(path, bytes);
  run.log.info(`exported ${trained.checkpoint} to ${folder}`);
  return { folder, files: [...files.keys()] };
}

// All of them before any is written, so that a model with a part that cannot be exported leaves nothing.
async function* graphsOf(trained: TrainedModel): AsyncGenerator<RecordedGraph> {
  yield await posteriorGraph(trained);
  for (const name of PART_GRAPHS) {
    const recorded = await partGraph(name, trained);
    if (recorded) yield recorded;
  }
}

/** What the files say of where they come from, and of what their numbers are. */
export function notesOf({ config }: ExportedRun, { spec, hash }: TrainedModel) {
  const chosen = config.choices[Sampler.key] as Choice | undefined;
  const members = drawingSeeds(config) ?? [];
  return {
    version,
    description: 'Generative unfolding by unfold-zoo: see its docs/export.md for inputs, outputs and units.',
    properties: {
      topology: spec.name,
      particles: spec.particles.map(({ name }) => name).join(' '),
      weightsSha256: hash,
      ...(members.length > 1 && { members: members.join(' ') }),
      ...(chosen && { sampler: JSON.stringify(chosen) }),
    },
  };
}

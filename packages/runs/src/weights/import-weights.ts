import { resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { type HostTensor, readSafetensors } from '@unfold-zoo/core/files';
import { CheckpointStore } from '@unfold-zoo/core/training';
import type { Log } from '../run/log.js';
import type { RunDirectory } from '../run/run-directory.js';
import { readWeightNames, renamedWeights } from './weight-names.js';

/**
 * Gives a run the weights of a safetensors file of another program, as a new checkpoint after its latest. Optimisers
 * start anew. Nothing is written if anything is wrong.
 * @param names YAML file of rules for names and layouts; without, names and layouts are those of the model.
 * @returns the path of the checkpoint.
 * @throws UserError for a run that is not trained, and for tensors that do not fit its model, by their names.
 */
export async function importWeights(
  directory: RunDirectory,
  file: string,
  { names, log }: { readonly names?: string | undefined; readonly log: Log },
): Promise<string> {
  using _lock = await directory.lock('importing weights', log);
  const latest = directory.latestCheckpoint(log);
  if (!latest) throw new UserError(`missing checkpoint: ${directory.path} has none; train it for a step first`);
  const { state, weights: old, optimiser, average } = latest.content;
  const rules = names === undefined ? [] : readWeightNames(resolve(names));
  const path = resolve(file);
  const weights = renamedWeights(path, readSafetensors(path).tensors, rules, old);
  checkFinite(path, weights);
  const optimiserSteps = Object.fromEntries(Object.keys(state.optimiserSteps).map((group) => [group, 0]));
  // Counted as a step, so that the checkpoint before stays.
  const counts = { step: state.step + 1, stageStep: state.stageStep + 1, validationsSinceBest: 0, optimiserSteps };
  const next = { ...state, ...counts, bestLoss: null };
  const saved = { state: next, weights, optimiser: zeros(optimiser), ...(average && { average: weights }) };
  return new CheckpointStore(directory.path).save(saved, { best: false, keep: Number.POSITIVE_INFINITY });
}

function zeros(tensors: ReadonlyMap<string, HostTensor>): Map<string, HostTensor> {
  const empty = ({ shape, values }: HostTensor) => ({ shape, values: new Float32Array(values.length) });
  return new Map([...tensors].map(([name, tensor]) => [name, empty(tensor)]));
}

function checkFinite(path: string, tensors: ReadonlyMap<string, HostTensor>): void {
  for (const [name, { values }] of tensors)
    if (!values.every(Number.isFinite))
      throw new UserError(`invalid weights ${path}: ${name} has numbers that are not finite`);
}

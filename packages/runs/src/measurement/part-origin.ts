import { statSync } from 'node:fs';
import { version } from '@unfold-zoo/core';
import type { PartOrigin } from '@unfold-zoo/measurement';
import { inputFiles } from '../writing/input-files.js';
import type { MeasurementPlan } from './measurement-plan.js';

/**
 * What all parts of a measurement are computed from, besides the observables of the events, which every part has in its
 * own origin: the version, the seed, which events there are, and how draws are looked at. Files count by name, size and
 * time of change.
 */
export function partOrigin({ keys, pluginFiles }: MeasurementPlan): PartOrigin {
  const { seed, topology, topologyFile, simulation, data, pseudoData, backgrounds, energy, selection } = keys;
  const { observableFunctions } = keys;
  const truths = Object.values(keys.observables).map(({ truth }) => truth);
  const samples = { simulation, data, pseudoData, backgrounds };
  const choices = { topology, topologyFile, ...samples, energy, selection, observableFunctions };
  const files = inputFiles({ choices: choices as never, pluginFiles }).map((path) => {
    const { size, mtimeMs } = statSync(path);
    return [path, size, mtimeMs];
  });
  return [version, seed, JSON.stringify({ choices, truths, files })];
}

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors } from '@unfold-zoo/core/files';
import { CHECKSUMS_FILE, CheckpointStore, METRICS_FILE, readCheckpoint, readLog } from '@unfold-zoo/core/training';
import { checkpointOf } from '../core/training/checkpoints.js';
import { exampleOf } from './hdf5-readers.js';
import { mutatedBytes, mutatedJson, mutatedJsonLines, mutatedSafetensors, mutatedText } from './mutations.js';
import type { Example, Reader } from './reader.js';

const WEIGHTS = 'weights.safetensors';

/** Files of a checkpoint, with the list of checksums and without, tensors by themselves, and the log of a training. */
export const checkpointReaders: readonly Reader[] = [
  { name: 'checkpoint-weights', hasChecksum: true, mutation: mutatedSafetensors, prepare: checkpoint(WEIGHTS) },
  { name: 'checkpoint-average', hasChecksum: true, mutation: mutatedBytes, prepare: checkpoint('average.safetensors') },
  { name: 'checkpoint-state', hasChecksum: true, mutation: mutatedJson, prepare: checkpoint('state.json') },
  { name: 'checkpoint-checksums', hasChecksum: true, mutation: mutatedText, prepare: checkpoint(CHECKSUMS_FILE) },
  { name: 'bare-weights', hasChecksum: false, mutation: mutatedSafetensors, prepare: bareCheckpoint(WEIGHTS) },
  { name: 'training-state', hasChecksum: false, mutation: mutatedJson, prepare: bareCheckpoint('state.json') },
  { name: 'safetensors', hasChecksum: false, mutation: mutatedSafetensors, prepare: safetensors },
  { name: 'metrics-log', hasChecksum: false, mutation: mutatedJsonLines, prepare: metricsLog },
];

function newCheckpoint(folder: string): string {
  new CheckpointStore(folder).save(checkpointOf(10), { best: true, keep: 1 });
  return join(folder, 'checkpoints', 'step-10');
}

function checkpoint(name: string): (folder: string) => Promise<Example> {
  return async (folder) => {
    const path = newCheckpoint(folder);
    return exampleOf(join(path, name), async () => readCheckpoint(path));
  };
}

// As versions before the checksums wrote them, or somebody who trains elsewhere.
function bareCheckpoint(name: string): (folder: string) => Promise<Example> {
  return async (folder) => {
    const path = newCheckpoint(folder);
    rmSync(join(path, CHECKSUMS_FILE));
    return exampleOf(join(path, name), async () => readCheckpoint(path));
  };
}

async function safetensors(folder: string): Promise<Example> {
  const path = join(folder, WEIGHTS);
  writeFileSync(path, readFileSync(join(newCheckpoint(folder), WEIGHTS)));
  return exampleOf(path, async () => readSafetensors(path));
}

async function metricsLog(folder: string): Promise<Example> {
  const path = join(folder, METRICS_FILE);
  mkdirSync(folder, { recursive: true });
  const common = { stage: 'joint', loss: 1.5, terms: { noise: 1.25 }, monitored: {} };
  const steps = [1, 2, 3].map((step) => ({ type: 'step', ...common, step, ...RATES }));
  const records = [...steps, { type: 'validation', ...common, step: 3 }];
  writeFileSync(path, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  return exampleOf(path, async () => readLog(folder));
}

const RATES = { learningRate: 1e-3, gradientNorms: { all: 2 }, eventsPerSecond: 100 };

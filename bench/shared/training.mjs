// Training steps of a preset on the built-in sample, without validation and checkpoints on the way.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train } from '@unfold-zoo/core/training';
import { samplePath } from '@unfold-zoo/data';
import { readRunConfig } from '@unfold-zoo/runs';

/** The config of a preset that trains for `steps` steps; `engine` in YAML. */
export function trainingConfig({ preset, engine, batch, steps, padding = 'longest' }) {
  return readRunConfig(preset, {
    set: [
      `engine=${engine}`,
      `data={kind: hdf5, train: ${JSON.stringify(samplePath())}}`,
      `training={batchSize: ${batch}, steps: ${steps}, fineTune: {steps: 0}, padding: ${padding}}`,
      'training={validateEvery: 1000000, checkpointEvery: 1000000}',
    ],
  });
}

/** Trains in a folder that is removed; `changes` are what is other than in the session. */
export async function trainAside({ config, engine, ...session }, { model, scaling, onStep, ...changes }) {
  const directory = mkdtempSync(join(tmpdir(), 'unfold-bench-'));
  try {
    await train({
      directory,
      model,
      source: session.source,
      scaling,
      rng: session.rng,
      options: config.training,
      reporters: [{ onStep }],
      communicator: session.communicator,
      engine,
      ...changes,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What each value is more than the one before. */
export function differences(values) {
  return values.slice(1).map((value, i) => value - values[i]);
}

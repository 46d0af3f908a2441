import * as tf from '@tensorflow/tfjs-core';
import type { GenerativeModel, NoiseSchedule } from '@unfold-zoo/core';
import { loadWeights } from '@unfold-zoo/core/training';
import type { ScheduleCurve } from '@unfold-zoo/report';
import type { Log } from './log.js';
import type { RunDirectory } from './run-directory.js';
import { openSession, readRunConfig } from './session.js';

/** Times at which a curve is sampled. */
const POINTS = 201;

/** gamma(t) and its slope of a model with a noise schedule; undefined for one without. */
export function scheduleCurve(model: GenerativeModel, label: string): ScheduleCurve | undefined {
  if (!hasSchedule(model)) return undefined;
  const t = Float32Array.from({ length: POINTS }, (_, i) => i / (POINTS - 1));
  const [gamma, slope] = tf.tidy(() => {
    const times = tf.tensor1d(t);
    return [model.schedule.gamma(times).dataSync(), model.schedule.gammaSlope(times).dataSync()];
  });
  return { label, t, gamma: gamma!, slope: slope! };
}

/** The curve of a trained run's model, from its last checkpoint. Starts the run's engine. */
export async function runScheduleCurve(
  directory: RunDirectory,
  label: string,
  log: Log,
): Promise<ScheduleCurve | undefined> {
  const { hasCheckpoint, scaling } = directory;
  if (!hasCheckpoint || !scaling) return undefined;
  const { content: weights, path } = directory.samplingWeights('latest', log);
  const session = await openSession(await readRunConfig(directory.config));
  try {
    const model = session.model(scaling);
    loadWeights(model, weights, path);
    const curve = scheduleCurve(model, label);
    model.dispose();
    return curve;
  } finally {
    await session.source.close();
  }
}

function hasSchedule(model: GenerativeModel): model is GenerativeModel & { readonly schedule: NoiseSchedule } {
  const schedule = (model as { readonly schedule?: unknown }).schedule;
  return typeof schedule === 'object' && schedule !== null && 'gammaSlope' in schedule;
}

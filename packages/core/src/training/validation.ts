import * as tf from '@tensorflow/tfjs-core';
import { sequentialBatches, toBatch } from '../batches.js';
import type { EventSource, TrainingStage } from '../contracts.js';
import type { Rng } from '../rng.js';
import type { EventScaling } from '../scaling.js';
import { type Losses, lossOnly } from './gradients.js';

/** The losses of a stage over the validation split, weighted by batch size; the same noise every time it is asked. */
export async function validate(
  stage: TrainingStage,
  source: EventSource,
  scaling: EventScaling,
  { batchSize, limit, rng }: { readonly batchSize: number; readonly limit: number; readonly rng: Rng },
): Promise<Losses> {
  const batches: { losses: Losses; size: number }[] = [];
  let events = 0;
  for await (const host of sequentialBatches(source, 'validation', { batchSize, limit })) {
    const batch = toBatch(host, source.spec, scaling);
    batches.push({ losses: await lossOnly(stage, batch, rng.fork(`event ${events}`)), size: host.size });
    tf.dispose(batch as unknown as tf.TensorContainer);
    events += host.size;
  }
  const mean = (value: (losses: Losses) => number): number =>
    batches.reduce((sum, { losses, size }) => sum + (value(losses) * size) / events, 0);
  const means = (part: 'terms' | 'monitored'): Record<string, number> =>
    Object.fromEntries(
      Object.keys(batches[0]?.losses[part] ?? {}).map((name) => [name, mean((losses) => losses[part][name]!)]),
    );
  return { loss: mean(({ loss }) => loss), terms: means('terms'), monitored: means('monitored') };
}

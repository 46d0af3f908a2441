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
  let loss = 0;
  let events = 0;
  const terms: Record<string, number> = {};
  for await (const host of sequentialBatches(source, 'validation', { batchSize, limit })) {
    const batch = toBatch(host, source.spec, scaling);
    const losses = await lossOnly(stage, batch, rng.fork(`event ${events}`));
    tf.dispose(batch as unknown as tf.TensorContainer);
    loss += losses.loss * host.size;
    for (const [name, value] of Object.entries(losses.terms)) terms[name] = (terms[name] ?? 0) + value * host.size;
    events += host.size;
  }
  const mean = Object.entries(terms).map(([name, sum]) => [name, sum / events]);
  return { loss: loss / events, terms: Object.fromEntries(mean) };
}

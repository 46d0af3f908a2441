import * as tf from '@tensorflow/tfjs-core';
import type { EventSource } from '../../contracts/events/event-source.js';
import type { TrainingStage } from '../../contracts/model/training-stage.js';
import type { Communicator } from '../../contracts/training/communicator.js';
import { sequentialBatches, toBatch } from '../../events/batches.js';
import type { EventScaling } from '../../events/scaling.js';
import type { Rng } from '../../rng.js';
import { sumLosses } from '../agreement/sum-losses.js';
import { type Losses, lossOnly } from '../gradients.js';
import { shareOf } from './share-of.js';

/** On which events, and by whom. */
export interface ValidationOptions {
  readonly batchSize: number;
  /** Most events. */
  readonly limit: number;
  readonly rng: Rng;
  readonly communicator: Communicator;
}

/**
 * The losses of a stage over the validation split, weighted by batch size; the same noise every time it is asked. Each
 * worker does some of the batches, and a batch has the same noise whoever does it.
 */
export async function validate(
  stage: TrainingStage,
  source: EventSource,
  scaling: EventScaling,
  { batchSize, limit, rng, communicator }: ValidationOptions,
): Promise<Losses> {
  const events = Math.min(source.count('validation'), limit);
  const share = shareOfBatches(Math.ceil(events / batchSize), communicator);
  const batches: { losses: Losses; weight: number }[] = [];
  let start = share.first * batchSize;
  const range = { batchSize, start, limit: Math.min(share.count * batchSize, events - start) };
  for await (const host of sequentialBatches(source, 'validation', range)) {
    const batch = toBatch(host, source.spec, scaling);
    const losses = await lossOnly(stage, batch, rng.fork(`event ${start}`));
    tf.dispose(batch as unknown as tf.TensorContainer);
    batches.push({ losses, weight: share.isSpare ? 0 : host.size / events });
    start += host.size;
  }
  return sumLosses(batches, communicator);
}

interface Share {
  readonly first: number;
  readonly count: number;
  /**
   * There are fewer batches than workers: this one does the last batch, which does not count, to know what losses there
   * are.
   */
  readonly isSpare: boolean;
}

function shareOfBatches(batches: number, communicator: Communicator): Share {
  const [first, end] = shareOf(batches, communicator);
  return first < end ? { first, count: end - first, isSpare: false } : { first: batches - 1, count: 1, isSpare: true };
}

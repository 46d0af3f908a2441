import { type EventSource, QUANTITIES, type Split } from '@unfold-zoo/core';
import { readEvents, truePartons } from '@unfold-zoo/core/events';
import { type PartonColumns, partonColumns } from '@unfold-zoo/metrics';

/** Truth that the test events have nothing to do with: the first `count` of the training split, if it has as many. */
export async function readIndependentTruth(source: EventSource, count: number): Promise<PartonColumns | undefined> {
  return source.count('train') < count ? undefined : readTruth(source, 'train', count);
}

/** The truth of the first `count` events of a split. */
export async function readTruth(source: EventSource, split: Split, count: number): Promise<PartonColumns> {
  const width = source.spec.particles.length * QUANTITIES.length;
  const partons = new Float32Array(count * width);
  let weights: Float32Array | undefined;
  for (let start = 0; start < count; start += source.blockSize) {
    const block = await readEvents(source, split, start, Math.min(source.blockSize, count - start));
    partons.set(truePartons(block), start * width);
    if (block.weights) {
      weights ??= new Float32Array(count);
      weights.set(block.weights, start);
    }
  }
  return partonColumns(source.spec, partons, weights);
}

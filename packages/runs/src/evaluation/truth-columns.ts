import { type EventSource, QUANTITIES, type Split } from '@unfold-zoo/core';
import { readEvents, truePartons } from '@unfold-zoo/core/events';
import { type PartonColumns, partonColumns } from '@unfold-zoo/metrics';

/** The truth of `count` events of a split, from `first` on. */
export async function readTruthOf(
  source: EventSource,
  split: Split,
  first: number,
  count: number,
): Promise<PartonColumns> {
  const width = source.spec.particles.length * QUANTITIES.length;
  const partons = new Float32Array(count * width);
  let weights: Float32Array | undefined;
  for (let start = 0; start < count; start += source.blockSize) {
    const block = await readEvents(source, split, first + start, Math.min(source.blockSize, count - start));
    partons.set(truePartons(block), start * width);
    if (block.weights) {
      weights ??= new Float32Array(count);
      weights.set(block.weights, start);
    }
  }
  return partonColumns(source.spec, partons, weights);
}

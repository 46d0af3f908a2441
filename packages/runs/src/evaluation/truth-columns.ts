import type { EventSource, Split } from '@unfold-zoo/core';
import { QUANTITIES, readEvents, truePartons } from '@unfold-zoo/core/events';
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

/** The truth of `count` events that are spread evenly over a split. */
export async function readSpreadTruth(source: EventSource, split: Split, count: number): Promise<PartonColumns> {
  const width = source.spec.particles.length * QUANTITIES.length;
  const size = source.count(split);
  const place = (i: number): number => Math.floor((i * size) / count);
  const partons = new Float32Array(count * width);
  const weights = new Float32Array(count).fill(1);
  let isWeighted = false;
  for (let start = 0, i = 0; i < count; start += source.blockSize) {
    const block = await readEvents(source, split, start, Math.min(source.blockSize, size - start));
    const truth = truePartons(block);
    isWeighted ||= block.weights !== undefined;
    for (; i < count && place(i) < start + block.size; i++) {
      const row = place(i) - start;
      partons.set(truth.subarray(row * width, (row + 1) * width), i * width);
      if (block.weights) weights[i] = block.weights[row]!;
    }
  }
  return partonColumns(source.spec, partons, isWeighted ? weights : undefined);
}

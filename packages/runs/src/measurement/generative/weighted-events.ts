import type { EventSource, HostEvents, Split } from '@unfold-zoo/core';
import { readEvents } from '@unfold-zoo/core/events';

/** Splits that a training reads. */
const TRAINED = ['train', 'validation'] as const;

/** [n] factors of the weights of each split that a training reads. */
export type EventFactors = Readonly<Record<(typeof TRAINED)[number], Float64Array>>;

/**
 * The ratio at all events that a training reads, from block to block.
 * @param source open.
 */
export async function factorsOf(
  source: EventSource,
  ratioAt: (events: HostEvents) => Promise<Float64Array>,
  signal?: AbortSignal,
): Promise<EventFactors> {
  const ofSplit = async (split: Split): Promise<Float64Array> => {
    const factors = new Float64Array(source.count(split));
    let [before, after] = [0, 0];
    for (let start = 0; start < factors.length; start += source.blockSize) {
      signal?.throwIfAborted();
      const events = await readEvents(source, split, start, Math.min(source.blockSize, factors.length - start));
      factors.set(await ratioAt(events), start);
      for (let i = 0; i < events.size; i++) {
        const weight = events.weights?.[i] ?? 1;
        before += weight;
        after += weight * factors[start + i]!;
      }
    }
    // The sum of the weights stays, and so does the scale of the loss.
    return factors.map((factor) => (factor * before) / after);
  };
  return { train: await ofSplit('train'), validation: await ofSplit('validation') };
}

/** The events of a source with other weights. */
export function weightedEvents(source: EventSource, factors: EventFactors): EventSource {
  return {
    spec: source.spec,
    get blockSize() {
      return source.blockSize;
    },
    open: () => source.open(),
    close: () => source.close(),
    hasTruth: (split) => source.hasTruth(split),
    count: (split) => source.count(split),
    read: async (split, start, count) => {
      const events = await source.read(split, start, count);
      if (split === 'test') return events;
      const own = factors[split].subarray(start, start + count);
      return { ...events, weights: Float32Array.from(own, (factor, i) => factor * (events.weights?.[i] ?? 1)) };
    },
  };
}

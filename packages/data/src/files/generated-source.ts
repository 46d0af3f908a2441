import { type EventSource, type EventSpec, type HostEvents, type Split, UserError } from '@unfold-zoo/core';
import { type HostObjects, partonWidth } from '@unfold-zoo/core/events';
import type { SplitCounts } from '../splits/split-rows.js';
import { eventSpec, type Topology } from '../topology/topology.js';
import type { SimulatedEvents } from './raw-events.js';

/** Events that are generated together, from a stream of their own. */
export const BLOCK_SIZE = 1024;
/** Blocks kept in memory, those read last. */
const BLOCKS_KEPT = 64;

/**
 * Events made block by block as they are read, and the blocks read last kept in memory. `make` gives the same events of
 * a block each time.
 */
export abstract class GeneratedSource implements EventSource {
  readonly spec: EventSpec;
  readonly blockSize = BLOCK_SIZE;
  readonly #counts: SplitCounts;
  // In the order of their last use.
  readonly #kept = new Map<string, SimulatedEvents>();

  constructor(
    readonly topology: Topology,
    counts: SplitCounts,
  ) {
    this.spec = eventSpec(topology);
    this.#counts = counts;
  }

  /** The events of a block of a split, as models see them. All blocks are full. */
  protected abstract make(split: Split, block: number): SimulatedEvents;

  async open(): Promise<void> {}

  /** Forgets the blocks in memory. */
  async close(): Promise<void> {
    this.#kept.clear();
  }

  hasTruth(): boolean {
    return true;
  }

  count(split: Split): number {
    return this.#counts[split];
  }

  /** @throws UserError for a range that is not within the split. */
  async read(split: Split, start: number, count: number): Promise<HostEvents> {
    checkRange(split, { start, count, total: this.#counts[split] });
    const read = allocateBlock(this.spec, count);
    for (let done = 0; done < count; ) {
      const place = start + done;
      const within = place % BLOCK_SIZE;
      const size = Math.min(BLOCK_SIZE - within, count - done);
      copyEvents(this.#block(split, Math.floor(place / BLOCK_SIZE)), within, { into: read, at: done, size });
      done += size;
    }
    return read;
  }

  #block(split: Split, block: number): SimulatedEvents {
    const key = `${split} ${block}`;
    const events = this.#kept.get(key) ?? this.make(split, block);
    this.#kept.delete(key);
    this.#kept.set(key, events);
    if (this.#kept.size > BLOCKS_KEPT) this.#kept.delete(this.#kept.keys().next().value!);
    return events;
  }
}

function checkRange(split: Split, range: { start: number; count: number; total: number }): void {
  const { start, count, total } = range;
  const whole = Number.isInteger(start) && Number.isInteger(count) && start >= 0 && count >= 0;
  if (whole && start + count <= total) return;
  throw new UserError(`invalid range: events ${start} to ${start + count} of "${split}", which has ${total}`);
}

/** Room for `size` events, all zero. */
export function allocateBlock(spec: EventSpec, size: number): SimulatedEvents {
  const inputs = Object.entries(spec.inputs).map(([name, { features, capacity }]): [string, HostObjects] => [
    name,
    { features: new Float32Array(size * capacity * features.length), mask: new Float32Array(size * capacity) },
  ]);
  return {
    size,
    partons: new Float32Array(size * partonWidth(spec)),
    inputs: Object.fromEntries(inputs),
  };
}

function copyEvents(
  from: SimulatedEvents,
  start: number,
  to: { into: SimulatedEvents; at: number; size: number },
): void {
  const copy = (source: Float32Array, target: Float32Array): void => {
    const width = source.length / from.size;
    target.set(source.subarray(start * width, (start + to.size) * width), to.at * width);
  };
  copy(from.partons, to.into.partons);
  for (const [name, { features, mask }] of Object.entries(from.inputs)) {
    copy(features, to.into.inputs[name]!.features);
    copy(mask, to.into.inputs[name]!.mask);
  }
}

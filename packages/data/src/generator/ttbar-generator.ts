import {
  component,
  EventSource,
  type EventSpec,
  type HostEvents,
  type HostObjects,
  partonWidth,
  Rng,
  type Split,
  UserError,
} from '@unfold-zoo/core';
import { z } from 'zod';
import { encodeEvents, type SimulatedEvents } from '../files/raw-events.js';
import { eventSpec, loadTopology, type Topology } from '../topology/topology.js';
import { type TtbarModel, ttbarModel } from './event-simulation.js';
import { TtbarGenerator } from './generate.js';
import type { TtbarEvents } from './ttbar-events.js';

/** Events that are generated together, from a stream of their own. */
const BLOCK_SIZE = 1024;
/** Blocks kept in memory, those read last. */
const BLOCKS_KEPT = 64;

const options = z.object({
  train: z.int().min(1).default(100_000).describe('Training events.'),
  validation: z.int().min(1).default(5_000).describe('Validation events.'),
  test: z.int().min(1).default(20_000).describe('Test events.'),
  seed: z.int().min(0).optional().describe("Seed of the events. Default: from the run's seed."),
});

/** How many events each split has. */
export type SplitCounts = Readonly<Record<Split, number>>;

/**
 * Top pairs made as they are read. Block b of a split comes from the stream `${split} ${b}`, so an event depends on the
 * seed, its split and its place alone.
 */
export class TtbarSource implements EventSource {
  readonly spec: EventSpec;
  readonly blockSize = BLOCK_SIZE;
  readonly #counts: SplitCounts;
  readonly #rng: Rng;
  readonly topology: Topology;
  // In the order of their last use.
  readonly #blocks = new Map<string, SimulatedEvents>();
  #model: TtbarModel | undefined;

  constructor(counts: SplitCounts, rng: Rng) {
    this.#counts = counts;
    this.#rng = rng;
    this.topology = loadTopology('semileptonic-ttbar');
    this.spec = eventSpec(this.topology);
  }

  async open(): Promise<void> {
    this.#model ??= ttbarModel();
  }

  async close(): Promise<void> {
    this.#blocks.clear();
  }

  hasTruth(): boolean {
    return true;
  }

  count(split: Split): number {
    return this.#counts[split];
  }

  /** Throws for a range that is not within the split. */
  async read(split: Split, start: number, count: number): Promise<HostEvents> {
    checkRange(split, { start, count, total: this.#counts[split] });
    const read = allocate(this.spec, count);
    for (let done = 0; done < count; ) {
      const place = start + done;
      const within = place % BLOCK_SIZE;
      const size = Math.min(BLOCK_SIZE - within, count - done);
      copyEvents(this.#block(split, Math.floor(place / BLOCK_SIZE)), within, { into: read, at: done, size });
      done += size;
    }
    return read;
  }

  /** One block as files hold it, with truth and identities that models do not see. All blocks are full. */
  rawBlock(split: Split, block: number): TtbarEvents {
    this.#model ??= ttbarModel();
    return new TtbarGenerator(this.#rng.fork(`${split} ${block}`), this.#model).generate(BLOCK_SIZE);
  }

  #block(split: Split, block: number): SimulatedEvents {
    const key = `${split} ${block}`;
    const events = this.#blocks.get(key) ?? encodeEvents(this.topology, this.rawBlock(split, block));
    this.#blocks.delete(key);
    this.#blocks.set(key, events);
    if (this.#blocks.size > BLOCKS_KEPT) this.#blocks.delete(this.#blocks.keys().next().value!);
    return events;
  }
}

function checkRange(split: Split, range: { start: number; count: number; total: number }): void {
  const { start, count, total } = range;
  const whole = Number.isInteger(start) && Number.isInteger(count) && start >= 0 && count >= 0;
  if (whole && start + count <= total) return;
  throw new UserError(`invalid range: events ${start} to ${start + count} of "${split}", which has ${total}`);
}

function allocate(spec: EventSpec, size: number): SimulatedEvents {
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

/** The built-in leading-order generator as a source of events: no files, no downloads. */
export const ttbarGenerator = component(EventSource, 'ttbar-generator', {
  description: 'Semileptonic top pairs, generated at leading order with a fast detector simulation.',
  options,
  create: ({ options: { seed, ...counts }, rng }) => new TtbarSource(counts, seed === undefined ? rng : new Rng(seed)),
});

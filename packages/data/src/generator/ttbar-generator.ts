import { component, EventSource, type EventSpec, type HostEvents, Rng, type Split } from '@unfold-zoo/core';
import { z } from 'zod';
import { BLOCK_SIZE, GeneratedBlocks } from '../files/generated-blocks.js';
import { encodeEvents } from '../files/raw-events.js';
import type { SplitCounts } from '../splits/split-rows.js';
import { eventSpec, loadTopology, type Topology } from '../topology/topology.js';
import { type TtbarModel, ttbarModel } from './event-simulation.js';
import { TtbarGenerator } from './generate.js';
import type { TtbarEvents } from './ttbar-events.js';

const options = z.object({
  train: z.int().min(1).default(100_000).describe('Training events.'),
  validation: z.int().min(1).default(5_000).describe('Validation events.'),
  test: z.int().min(1).default(20_000).describe('Test events.'),
  seed: z.int().min(0).optional().describe("Seed of the events. Default: from the run's seed."),
});

/**
 * Top pairs made as they are read. Block b of a split comes from the stream `${split} ${b}`, so an event depends on the
 * seed, its split and its place alone.
 */
export class TtbarSource implements EventSource {
  readonly spec: EventSpec;
  readonly blockSize = BLOCK_SIZE;
  readonly topology: Topology;
  readonly #rng: Rng;
  readonly #blocks: GeneratedBlocks;
  #model: TtbarModel | undefined;

  constructor(counts: SplitCounts, rng: Rng) {
    this.#rng = rng;
    this.topology = loadTopology('semileptonic-ttbar');
    this.spec = eventSpec(this.topology);
    this.#blocks = new GeneratedBlocks(this.spec, counts, (split, block) =>
      encodeEvents(this.topology, this.rawBlock(split, block)),
    );
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
    return this.#blocks.counts[split];
  }

  /** Throws for a range that is not within the split. */
  async read(split: Split, start: number, count: number): Promise<HostEvents> {
    return this.#blocks.read(split, start, count);
  }

  /** One block as files hold it, with truth and identities that models do not see. All blocks are full. */
  rawBlock(split: Split, block: number): TtbarEvents {
    this.#model ??= ttbarModel();
    return new TtbarGenerator(this.#rng.fork(`${split} ${block}`), this.#model).generate(BLOCK_SIZE);
  }
}

/** The built-in leading-order generator as a source of events: no files, no downloads. */
export const ttbarGenerator = component(EventSource, 'ttbar-generator', {
  description: 'Semileptonic top pairs, generated at leading order with a fast detector simulation.',
  options,
  create: ({ options: { seed, ...counts }, rng }) => new TtbarSource(counts, seed === undefined ? rng : new Rng(seed)),
});

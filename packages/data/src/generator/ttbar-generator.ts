import { component, EventSource, Rng, type Split } from '@unfold-zoo/core';
import { z } from 'zod';
import { BLOCK_SIZE, GeneratedSource } from '../files/generated-source.js';
import { encodeEvents, type SimulatedEvents } from '../files/raw-events.js';
import type { SplitCounts } from '../splits/split-rows.js';
import { loadTopology } from '../topology/topology.js';
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
export class TtbarSource extends GeneratedSource {
  readonly #rng: Rng;
  #model: TtbarModel | undefined;

  constructor(counts: SplitCounts, rng: Rng) {
    super(loadTopology('semileptonic-ttbar'), counts);
    this.#rng = rng;
  }

  override async open(): Promise<void> {
    this.#model ??= ttbarModel();
  }

  protected make(split: Split, block: number): SimulatedEvents {
    return encodeEvents(this.topology, this.rawBlock(split, block));
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

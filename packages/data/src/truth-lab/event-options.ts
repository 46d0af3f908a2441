import { Rng } from '@unfold-zoo/core';
import { z } from 'zod';
import { ExactSource, type ExactSourceParts } from './exact-source.js';

/** How many events, and which: the same whatever the run's seed, so that all runs have the same problem. */
export const eventOptions = {
  train: z.int().min(1).default(50_000).describe('Training events'),
  validation: z.int().min(1).default(2_000).describe('Validation events'),
  test: z.int().min(1).default(5_000).describe('Test events'),
  seed: z.int().min(0).default(0).describe('Seed of the events; that of the run does not change them'),
};

/** How many events each split has, and their seed. */
export type EventOptions = z.output<z.ZodObject<typeof eventOptions>>;

/** The events of problems, laid out by a topology of this package. */
export function makeSource(
  topology: string,
  { seed, train, validation, test }: EventOptions,
  problems: ExactSourceParts['problems'],
): ExactSource {
  return new ExactSource({ topology, problems, counts: { train, validation, test }, rng: new Rng(seed) });
}

import { z } from 'zod';

/** What the built-in generator makes. */
export const generateOptions = z.object({
  events: z.int().min(1).describe('selected events'),
  seed: z.int().min(0).default(0).describe('seed of the events'),
  force: z.boolean().default(false).describe('replace an existing file'),
});

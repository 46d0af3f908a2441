import { z } from 'zod';
import { drawOptions } from '../draws/sample-options.js';

const { split, batch, checkpoint, seed } = drawOptions.shape;

/** What a diagnosis draws. */
export const diagnoseOptions = z.object({
  events: z.int().min(1).default(2000).describe('so many events, from the first; all if there are fewer'),
  draws: z.int().min(2).default(100).describe('draws per event'),
  split: split.describe('the events that are diagnosed; they need a truth'),
  checkpoint,
  seed,
  batch,
  width: z
    .boolean()
    .default(false)
    .describe('measure where the width of the draws comes from, part by part of the model'),
  force: z.boolean().default(false).describe('draw again, even if these draws are there'),
});

import { z } from 'zod';
import { checkpointOption } from '../draws/sample-options.js';

/** Which event is studied, what is shown of it, and how several runs draw for it. */
export const comparePosteriorsOptions = z.object({
  event: z.int().min(0).describe('number of the event in the test split, from 0'),
  draws: z.int().min(1).default(1000).describe('draws of each model'),
  particles: z
    .array(z.string())
    .default([])
    .describe('particle to show; all for every one')
    .meta({ defaultText: 'the main ones' }),
  quantities: z
    .array(z.string())
    .default([])
    .describe('quantity to show; all for every one')
    .meta({ defaultText: 'the main ones' }),
  reference: z
    .boolean()
    .default(false)
    .describe('show training events too, weighted by how similar their detector configuration is'),
  checkpoint: checkpointOption,
  seed: z.int().min(0).default(0).describe('seed of the draws'),
});

import { z } from 'zod';

/** How draws are compared with the truth. */
export const evaluateOptions = z.object({
  draws: z
    .string()
    .optional()
    .describe('HDF5 file that `unfold sample` or `Run.sample` wrote')
    .meta({ placeholder: 'file', defaultText: 'draws.h5 in the run' }),
  bootstrap: z.int().min(0).max(10_000).default(50).describe('bootstrap replicas for the errors; 0 for none'),
  memory: z
    .number()
    .positive()
    .default(128)
    .describe('MB of the largest array in memory: what is larger stays in files, which takes longer'),
  floor: z.boolean().default(true).describe('the distance between the truth and an independent truth'),
});

/** What a report shows, and in which formats. */
export const reportOptions = z.object({
  figures: z
    .enum(['main', 'all'])
    .default('main')
    .describe('a handful of distributions, or those of every particle and quantity'),
  png: z.boolean().default(false).describe('write the figures as PNG too'),
});

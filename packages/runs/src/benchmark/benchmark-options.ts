import { z } from 'zod';

/** Where a benchmark lies, and how it is run. */
export const benchmarkOptions = z.object({
  out: z
    .string()
    .optional()
    .describe('folder of the benchmark')
    .meta({ placeholder: 'folder', defaultText: 'benchmarks/<its name>' }),
  jobs: z
    .int()
    .min(1)
    .optional()
    .describe('models at the same time, each in a process of its own; of several ranks, on each')
    .meta({ defaultText: 'what the benchmark says; of several ranks, 1' }),
  force: z.boolean().default(false).describe('train again those models whose settings changed'),
});

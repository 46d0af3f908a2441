import { z } from 'zod';

/** Where a new run lies. */
export const createOptions = z.object({
  out: z
    .string()
    .optional()
    .describe('folder of the run')
    .meta({ placeholder: 'folder', defaultText: 'runs/<name of the config>' }),
  force: z.boolean().default(false).describe('replace an existing run'),
});

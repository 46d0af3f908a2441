import { z } from 'zod';
import { checkpointOption } from '../draws/sample-options.js';

/** What of a run is packed, and where to. */
export const packOptions = z.object({
  out: z.string().describe('folder to make').meta({ placeholder: 'folder', short: 'o' }),
  checkpoint: checkpointOption,
  license: z
    .string()
    .min(1)
    .optional()
    .describe('what the model card says others may do with it, e.g. mit or cc-by-4.0')
    .meta({ placeholder: 'name' }),
});

/** Options of `Run.pack`: those of the schema `packOptions`. */
export type PackOptions = z.input<typeof packOptions>;

import { z } from 'zod';

/** What a data file is read as. Not a default of the option: one that is given must be of use. */
export const DEFAULT_TOPOLOGY = 'semileptonic-ttbar';

/** How something is inspected. */
export const inspectOptions = z.object({
  topology: z
    .string()
    .optional()
    .describe('event description of a data file: its name, or a YAML file')
    .meta({ placeholder: 'name', defaultText: DEFAULT_TOPOLOGY }),
  table: z
    .string()
    .optional()
    .describe('which of the tables of a file that has several, as ROOT files may')
    .meta({ placeholder: 'name' }),
});

import { z } from 'zod';
import { inspectOptions } from '../inspect/inspect-options.js';
import { carryOption } from '../writing/file-options.js';

const { topology, table } = inspectOptions.shape;

/** How a data file is converted. */
export const convertOptions = z.object({
  topology,
  mapping: z
    .string()
    .optional()
    .describe('YAML file that says where the events come from')
    .meta({ placeholder: 'file', defaultText: 'what the topology says' }),
  table,
  start: z.int().min(0).optional().describe('number of the first event, of those that are selected').meta({
    defaultText: '0',
  }),
  events: z.int().min(1).optional().describe('so many events').meta({ defaultText: 'all' }),
  carry: carryOption,
  force: z.boolean().default(false).describe('replace an existing file'),
});

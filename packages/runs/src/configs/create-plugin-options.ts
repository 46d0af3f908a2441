import { z } from 'zod';

/** What a new plugin is. */
export const createPluginOptions = z.object({
  role: z
    .string()
    .default('schedule')
    .describe('role of its component: schedule, sampler, metrics, evaluators or conditionEncoder'),
  name: z.string().optional().describe('name of the package').meta({ defaultText: 'that of the folder' }),
});

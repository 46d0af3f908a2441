import type { CheckedRun } from '@unfold-zoo/runs';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { config, set, trustPlugins } from '../command-line/common-options.js';
import { print } from '../terminal/print.js';

/** `unfold config check <config>`: every mistake that a training would refuse before its first step. */
export const command = defineCommand({
  options: z.strictObject({
    config,
    set: set('the config'),
    resolved: z
      .boolean()
      .default(false)
      .describe('print the config with every default, and where each value came from'),
    trustPlugins,
    data: z.boolean().default(true).describe('leave the data and the engine out'),
  }),
  positional: ['config'],
  onlyPrints: true,
  run: async ({ config, resolved, data, ...options }) => {
    const { checkRun } = await import('@unfold-zoo/runs');
    const checked = await checkRun(config, { ...options, data: data && !resolved });
    print(resolved ? checked.config.resolvedYaml() : `${config} ${verdict(checked)}\n`);
  },
});

function verdict({ events, samples = [], warnings }: CheckedRun): string {
  if (!events) return 'is a valid config; its data were not looked at';
  const counts = (['train', 'validation', 'test'] as const).map((split) => `${events[split]} ${split}`);
  const valid = `is a valid config, with data for it: ${counts.join(', ')} events`;
  const joined = samples.map((sample) => `${sample.label} ${sample.events} events`).join(', ');
  return [valid, ...(joined ? [`samples: ${joined}`] : []), ...warnings.map((warning) => `warning: ${warning}`)].join(
    '\n',
  );
}

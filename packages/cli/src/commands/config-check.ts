import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { config, set } from '../command-line/common-options.js';

/** `unfold config check <config>`: every mistake that a run would refuse before it starts. */
export const command = defineCommand({
  options: z.strictObject({
    config,
    set: set('the config'),
    resolved: z
      .boolean()
      .default(false)
      .describe('print the config with every default, and where each value came from'),
  }),
  positional: ['config'],
  onlyPrints: true,
  run: async ({ config, set, resolved }) => {
    const { readRunConfig } = await import('@unfold-zoo/runs');
    const read = await readRunConfig(config, { set });
    process.stdout.write(resolved ? read.resolvedYaml() : `${config} is a valid config\n`);
  },
});

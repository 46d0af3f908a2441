import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { trustPlugins } from '../../command-line/common-options.js';

/** `unfold import-weights <run> <file>`. */
export const command = defineCommand({
  options: z.strictObject({
    run: z.string().describe('folder of a run that has a checkpoint'),
    file: z.string().describe('safetensors file with numbers of float32'),
    names: z
      .string()
      .optional()
      .describe('YAML file of rules for names and layouts of its tensors')
      .meta({ placeholder: 'file', defaultText: "those of the run's checkpoints" }),
    trustPlugins,
  }),
  positional: ['run', 'file'],
  run: async ({ run: folder, file, names, trustPlugins }) => {
    const { openRun } = await import('@unfold-zoo/runs');
    const { createLog } = await import('../../terminal/index.js');
    const { print } = await import('../../terminal/print.js');
    await using run = await openRun(folder, { trustPlugins, log: createLog() });
    print(`${await run.importWeights(file, { names })}\n`);
  },
});

import { exportOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { run, set, trustPlugins } from '../../command-line/common-options.js';

const { out, ...exporting } = exportOptions.shape;

/** `unfold export <run>`. */
export const command = defineCommand({
  options: z.strictObject({
    run,
    out: out.meta({ short: 'o' }),
    set: set("the run's config, e.g. sampler.steps=20"),
    ...exporting,
    trustPlugins,
  }),
  positional: ['run'],
  run: async ({ run: folder, set, trustPlugins, ...options }) => {
    const { openRun } = await import('@unfold-zoo/runs');
    const { createLog } = await import('../../terminal/index.js');
    const { print } = await import('../../terminal/print.js');
    await using run = await openRun(folder, { set, trustPlugins, log: createLog() });
    const { files } = await run.export(options);
    print(`${files.join('\n')}\n`);
  },
});

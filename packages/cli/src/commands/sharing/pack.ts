import { packOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { run, set, trustPlugins } from '../../command-line/common-options.js';

/** `unfold pack <run>`. */
export const command = defineCommand({
  options: z.strictObject({
    run,
    ...packOptions.shape,
    set: set("the run's config, e.g. sampler.steps=20"),
    trustPlugins,
  }),
  positional: ['run'],
  run: async ({ run: folder, set, trustPlugins, ...options }) => {
    const { openRun } = await import('@unfold-zoo/runs');
    const { createLog } = await import('../../terminal/index.js');
    const { print } = await import('../../terminal/print.js');
    await using run = await openRun(folder, { set, trustPlugins, log: createLog() });
    const packed = run.pack(options);
    print(`${packed.folder}: ${(packed.bytes / 1e6).toFixed(1)} MB\n`);
  },
});

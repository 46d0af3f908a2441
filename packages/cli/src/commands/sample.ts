import { sampleOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { set, trustPlugins } from '../command-line/common-options.js';

const { out, ...sampling } = sampleOptions.shape;

/** `unfold sample <run>`. */
export const command = defineCommand({
  options: z.strictObject({
    run: z.string().describe('folder of a trained run'),
    out: out.meta({ short: 'o' }),
    set: set("the run's config, e.g. data.test=other.h5"),
    ...sampling,
    trustPlugins,
  }),
  positional: ['run'],
  collective: true,
  run: async ({ run: folder, set, trustPlugins, ...options }) => {
    const { openRun } = await import('@unfold-zoo/runs');
    const { createLog, exitCodeOf, sampleRun } = await import('../terminal/index.js');
    const log = createLog();
    await using run = await openRun(folder, { set, trustPlugins, log });
    process.exitCode = exitCodeOf(await sampleRun(run, options, log));
  },
});

import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { set, trustPlugins } from '../command-line/common-options.js';

/** `unfold explore [folders...]`. */
export const command = defineCommand({
  options: z.strictObject({
    folders: z
      .array(z.string())
      .default([])
      .describe('folders of runs or benchmarks, folders above them, or pretrained:<name>')
      .meta({ defaultText: 'the working directory' }),
    port: z
      .int()
      .min(0)
      .max(65_535)
      .default(0)
      .describe('port to listen on, on this machine alone')
      .meta({ defaultText: 'one that is free' }),
    set: set("every run's config, e.g. data.test=other.h5"),
    trustPlugins,
  }),
  positional: ['folders'],
  run: async ({ folders, ...options }) => {
    const { explore } = await import('@unfold-zoo/explore');
    const { createLog } = await import('../terminal/index.js');
    const { print } = await import('../terminal/print.js');
    const { untilInterrupted } = await import('../terminal/interruption.js');
    const log = createLog();
    await using explorer = await explore({ folders: folders.length > 0 ? folders : ['.'], ...options, log });
    print(`${explorer.address}\n`);
    log.info('open this address in a browser of this machine; Ctrl-C ends the server');
    await untilInterrupted();
  },
});

import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { force, set, trustPlugins } from '../command-line/common-options.js';

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
    export: z
      .string()
      .optional()
      .describe('write the pages to index.html of a folder in place of serving them: it draws in the browser')
      .meta({ placeholder: 'folder', defaultText: 'served' }),
    events: z.int().min(1).max(100).default(8).describe('test events of each run that --export takes along'),
    force,
    set: set("every run's config, e.g. data.test=other.h5"),
    trustPlugins,
  }),
  positional: ['folders'],
  run: async ({ folders: named, export: out, events, force, port, ...options }) => {
    const { explore, exportPages } = await import('@unfold-zoo/explore');
    const { createLog } = await import('../terminal/index.js');
    const { print } = await import('../terminal/print.js');
    const { untilInterrupted } = await import('../terminal/interruption.js');
    const log = createLog();
    const folders = named.length > 0 ? named : ['.'];
    if (out !== undefined) {
      const { file, bytes } = await exportPages({ folders, out, events, force, ...options, log });
      print(`${file}\n`);
      log.info(`${(bytes / 1e6).toFixed(1)} MB in one file, which any browser opens; it needs no server`);
      return;
    }
    await using explorer = await explore({ folders, port, ...options, log });
    print(`${explorer.address}\n`);
    log.info('open this address in a browser of this machine; Ctrl-C ends the server');
    await untilInterrupted();
  },
});

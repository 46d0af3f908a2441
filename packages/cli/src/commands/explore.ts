import type { ExploreOptions, ExportPagesOptions } from '@unfold-zoo/explore';
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
    events: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe('test events of each run that --export takes along')
      .meta({ defaultText: '8' }),
    force,
    set: set("every run's config, e.g. data.test=other.h5"),
    trustPlugins,
  }),
  positional: ['folders'],
  run: async ({ folders: named, export: out, events, force, port, ...options }) => {
    const folders = named.length > 0 ? named : ['.'];
    if (out !== undefined) return writePages({ ...options, folders, out, force, ...(events && { events }) });
    const { UserError } = await import('@unfold-zoo/core');
    const unused = Object.entries({ events, force: force || undefined }).find(([, value]) => value !== undefined)?.[0];
    if (unused !== undefined)
      throw new UserError(
        (option) => `unused ${option(unused)}: it is for pages that are written with ${option('export')}`,
      );
    await servePages({ ...options, folders, port });
  },
});

async function writePages(options: ExportPagesOptions): Promise<void> {
  const { exportPages } = await import('@unfold-zoo/explore');
  const { createLog } = await import('../terminal/index.js');
  const { print } = await import('../terminal/print.js');
  const log = createLog();
  const { file, bytes } = await exportPages({ ...options, log });
  print(`${file}\n`);
  log.info(`${(bytes / 1e6).toFixed(1)} MB in one file, which any browser opens; it needs no server`);
}

async function servePages(options: ExploreOptions): Promise<void> {
  const { explore } = await import('@unfold-zoo/explore');
  const { createLog } = await import('../terminal/index.js');
  const { print } = await import('../terminal/print.js');
  const { untilInterrupted } = await import('../terminal/interruption.js');
  const log = createLog();
  await using explorer = await explore({ ...options, log });
  print(`${explorer.address}\n`);
  log.info('open this address in a browser of this machine; Ctrl-C ends the server');
  await untilInterrupted();
}

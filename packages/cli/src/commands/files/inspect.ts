import { inspectOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { json, plugin, trustPlugins } from '../../command-line/common-options.js';
import { print } from '../../terminal/print.js';

/** `unfold inspect <path>`. */
export const command = defineCommand({
  options: z.strictObject({
    path: z.string().describe('data file (HDF5, ROOT, Parquet, npz or npy) or run folder'),
    ...inspectOptions.shape,
    plugin: plugin('a package or file whose topologies are known too'),
    trustPlugins,
    json,
  }),
  positional: ['path'],
  onlyPrints: true,
  run: async ({ path, json, plugin: plugins, ...options }) => {
    const { inspect } = await import('@unfold-zoo/runs');
    const { createLog, inspectionText } = await import('../../terminal/index.js');
    const inspection = await inspect(path, { ...options, plugins, log: createLog() });
    print(json ? `${JSON.stringify(inspection.content, null, 2)}\n` : inspectionText(inspection));
  },
});

import { inspectOptions, reportOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { json, out, plugin, trustPlugins } from '../../command-line/common-options.js';
import { print } from '../../terminal/print.js';

const options = z.strictObject({
  path: z
    .string()
    .describe('data file (HDF5, ROOT, Parquet, npz or npy), a pattern or folder of some, or run folder')
    .meta({ isPattern: true }),
  ...inspectOptions.shape,
  data: z
    .string()
    .optional()
    .describe('measured events: what the detector saw in them is compared with the simulation of the path')
    .meta({ placeholder: 'file' }),
  out: out('folder to write the comparison with --data to', 'folder', 'comparison'),
  png: reportOptions.shape.png,
  plugin: plugin('a package or file whose topologies are known too'),
  trustPlugins,
  json,
});

/** `unfold inspect <path>`, and with `--data` what the detector saw in two files. */
export const command = defineCommand({
  options,
  positional: ['path'],
  onlyPrints: true,
  run: async ({ path, json, plugin: plugins, data, out, png, ...others }) => {
    if (data !== undefined) return compare({ path, data, json, plugins, out, png, ...others });
    const { UserError } = await import('@unfold-zoo/core');
    const unused = Object.entries({ out, png: png || undefined }).find(([, value]) => value !== undefined)?.[0];
    if (unused !== undefined)
      throw new UserError((option) => `unused ${option(unused)}: it is for the comparison with ${option('data')}`);
    const { inspect } = await import('@unfold-zoo/runs');
    const { createLog, inspectionText } = await import('../../terminal/index.js');
    const inspection = await inspect(path, { ...others, plugins, log: createLog() });
    print(json ? `${JSON.stringify(inspection.content, null, 2)}\n` : inspectionText(inspection));
  },
});

type Comparison = Omit<z.output<typeof options>, 'plugin' | 'data'> & { data: string; plugins: readonly string[] };

async function compare({ path, data, out = 'comparison', png, json, ...how }: Comparison): Promise<void> {
  const { resolve } = await import('node:path');
  const { terminalTable } = await import('@unfold-zoo/report');
  const runs = await import('@unfold-zoo/runs');
  const { createLog } = await import('../../terminal/index.js');
  const log = createLog({ quiet: json });
  const folder = resolve(out);
  using _lock = await runs.WriteLock.ofOutput(folder, { work: 'writing a comparison', log });
  const comparison = await runs.compareWithData(path, data, how);
  runs.writeComparison(folder, comparison, { png });
  const text = [`\n${terminalTable(comparison.table)}`, ...runs.verdictOf(comparison.warnings), ''].join('\n');
  print(json ? runs.comparisonJson(comparison) : text);
  log.info(`comparison: ${resolve(folder, 'index.html')}`);
}

import { convertOptions, FILE_TO_WRITE } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { plugin } from '../../command-line/common-options.js';

/** `unfold convert <in> <out>`. */
export const command = defineCommand({
  options: z.strictObject({
    in: z
      .string()
      .describe('data file or file of draws; a pattern for several that become one')
      .meta({ isPattern: true }),
    out: z.string().describe(FILE_TO_WRITE),
    ...convertOptions.shape,
    plugin: plugin('a package or file whose formats and topologies are known too'),
  }),
  positional: ['in', 'out'],
  run: async ({ in: input, out, plugin: plugins, ...options }) => {
    const { convertEvents } = await import('@unfold-zoo/runs');
    const { createLog, whileWriting } = await import('../../terminal/index.js');
    const log = createLog();
    const bar = 'converting {bar} {value}/{total} events · {left} left';
    const written = await whileWriting(bar, log, (how) => convertEvents(input, out, { ...options, plugins, ...how }));
    for (const loss of written?.losses ?? []) log.warn(loss);
    if (written) log.info(`wrote ${written.events} events to ${written.file}`);
  },
});

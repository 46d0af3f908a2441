import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { force } from '../../command-line/common-options.js';
import { writtenFile } from './written-file.js';

/** `unfold merge <files...> --out <file>`. */
export const command = defineCommand({
  options: z.strictObject({
    files: z.array(z.string()).min(1).describe('files of draws of neighbouring events, in any order'),
    out: writtenFile,
    force,
  }),
  positional: ['files'],
  run: async ({ files, out, force }) => {
    const { mergeDraws } = await import('@unfold-zoo/runs');
    const { createLog, whileWriting } = await import('../../terminal/index.js');
    const log = createLog();
    const bar = 'merging {bar} {value}/{total} events · {left} left';
    const merged = await whileWriting(bar, log, (how) => mergeDraws(files, out, { force, ...how }));
    if (merged) log.info(`wrote the draws of ${merged.events} events to ${merged.file}`);
  },
});

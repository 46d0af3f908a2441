import { generateOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../../command-line/command.js';
import { jsonEvents } from '../../command-line/common-options.js';
import { writtenFile } from './written-file.js';

/** `unfold generate --out <file> --events <n>`. */
export const command = defineCommand({
  options: z.strictObject({
    out: writtenFile,
    events: generateOptions.shape.events.meta({ short: 'n' }),
    seed: generateOptions.shape.seed,
    force: generateOptions.shape.force,
    json: jsonEvents,
  }),
  run: async ({ out, json, ...options }) => {
    const { duration, generateEvents } = await import('@unfold-zoo/runs');
    const { createLog, whileWriting } = await import('../../terminal/index.js');
    const log = createLog({ json });
    const started = performance.now();
    const bar = 'generating {bar} {value}/{total} events · {left} left';
    const path = await whileWriting(bar, log, (how) => generateEvents(out, { ...options, ...how }), { json });
    const seconds = (performance.now() - started) / 1000;
    if (path !== undefined) log.info(`wrote ${options.events} events to ${path} in ${duration(seconds)}`);
  },
});

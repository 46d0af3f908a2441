import { generateOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';

/** `unfold generate --out <file> --events <n>`. */
export const command = defineCommand({
  options: z.strictObject({
    out: z.string().describe('HDF5 file to write').meta({ short: 'o', placeholder: 'file' }),
    events: generateOptions.shape.events.meta({ short: 'n' }),
    seed: generateOptions.shape.seed,
    force: generateOptions.shape.force,
  }),
  run: async ({ out, ...options }) => {
    const { duration, generateEvents } = await import('@unfold-zoo/runs');
    const { createLog, EXIT, withBar, withInterruption } = await import('../terminal/index.js');
    const log = createLog();
    const started = performance.now();
    await withInterruption(log.info, async (signal) => {
      try {
        const path = await withBar('generating {bar} {value}/{total} events · {left} left', (onProgress) =>
          generateEvents(out, { ...options, signal, onProgress }),
        );
        log.info(`wrote ${options.events} events to ${path} in ${duration((performance.now() - started) / 1000)}`);
      } catch (error) {
        if (!signal.aborted) throw error;
        log.info('stopped; nothing was written');
        process.exitCode = EXIT.interrupted;
      }
    });
  },
});

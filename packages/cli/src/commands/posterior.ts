import { join } from 'node:path';
import { comparePosteriorsOptions, reportOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { json, out, set, trustPlugins } from '../command-line/common-options.js';
import { print } from '../terminal/print.js';

const { event, particles, quantities, ...drawing } = comparePosteriorsOptions.shape;

/** `unfold posterior <runs...> --event <n>`. */
export const command = defineCommand({
  options: z.strictObject({
    runs: z
      .array(z.string())
      .min(1)
      .describe('folders of trained runs, or of benchmarks, or pretrained:<name>: all models are shown together'),
    event: event.meta({ short: 'e' }),
    particle: particles.meta({ placeholder: 'name' }),
    quantity: quantities.meta({ placeholder: 'name' }),
    ...drawing,
    set: set("every run's config, e.g. data.test=other.h5"),
    out: out('folder to write', 'folder', 'posterior/event-<n> in the first folder given'),
    force: z.boolean().default(false).describe('replace the posterior of another event in the folder'),
    png: reportOptions.shape.png,
    trustPlugins,
    json,
  }),
  positional: ['runs'],
  run: async ({ runs, out, png, force, json, particle: particles, quantity: quantities, ...options }) => {
    const { comparePosteriors, describePosteriors, findRuns, posteriorsJson, runPlace, WriteLock, writePosteriors } =
      await import('@unfold-zoo/runs');
    const { createLog, withBar } = await import('../terminal/index.js');
    const log = createLog({ quiet: json });
    findRuns(runs);
    const folder = out ?? join(runPlace(runs[0]!).outputs, 'posterior', `event-${options.event}`);
    using _lock = await WriteLock.ofOutput(folder, { work: 'writing a posterior', log });
    const comparison = await withBar('reading training events {bar} {value}/{total}', (onProgress) =>
      comparePosteriors(runs, { ...options, particles, quantities, log, onProgress }),
    );
    const files = writePosteriors(folder, comparison, { png, force });
    log.info(`figures: ${folder}`);
    print(json ? posteriorsJson(comparison, files) : describePosteriors(comparison.summary));
  },
});

import { sampleOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { jsonEvents, run, set, trustPlugins } from '../command-line/common-options.js';

const { out, ...sampling } = sampleOptions.shape;

/** `unfold sample <run>`. */
export const command = defineCommand({
  options: z.strictObject({
    run,
    out: out.meta({ short: 'o' }),
    set: set("the run's config, e.g. data.test=other.h5"),
    ...sampling,
    trustPlugins,
    json: jsonEvents,
  }),
  positional: ['run'],
  collective: true,
  run: async ({ run: folder, set, trustPlugins, json, ...options }) => {
    const { openRun } = await import('@unfold-zoo/runs');
    const { createLog, exitCodeOf, sampleRun, tellNext } = await import('../terminal/index.js');
    const log = createLog({ json });
    await using run = await openRun(folder, { set, trustPlugins, log });
    const outcome = await sampleRun(run, options, log, { json });
    process.exitCode = exitCodeOf(outcome);
    if (outcome === 'interrupted') {
      const given = process.argv.slice(2).filter((word) => word !== '--resume');
      tellNext(log, [...given, '--resume'], { json });
    } else if ((await run.source()).hasTruth(options.split)) {
      const { out } = options;
      tellNext(log, ['evaluate', folder, ...(out === undefined ? [] : ['--draws', out])], { json });
    }
  },
});

import { evaluateOptions, reportOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { out, set, trustPlugins } from '../command-line/common-options.js';

/** `unfold evaluate <run>`. */
export const command = defineCommand({
  options: z.strictObject({
    run: z.string().describe('folder of a sampled run'),
    draws: evaluateOptions.shape.draws,
    out: out('folder to write', 'folder', 'report in the run'),
    set: set("the run's config, e.g. the data of the floor"),
    bootstrap: evaluateOptions.shape.bootstrap,
    ...reportOptions.shape,
    memory: evaluateOptions.shape.memory,
    floor: evaluateOptions.shape.floor,
    trustPlugins,
    json: z.boolean().default(false).describe('print the distances and what evaluators found as JSON'),
  }),
  positional: ['run'],
  run: async ({ run: folder, set, trustPlugins, ...options }) => {
    const { openRun } = await import('@unfold-zoo/runs');
    const { createLog, evaluateAndReport, tellNext } = await import('../terminal/index.js');
    const log = createLog({ json: options.json });
    await using run = await openRun(folder, { set, trustPlugins, log });
    await evaluateAndReport(run, options, log);
    tellNext(log, ['explore', folder], { json: options.json });
  },
});

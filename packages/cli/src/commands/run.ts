import { createOptions, sampleOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { config, jsonEvents, set, trustPlugins } from '../command-line/common-options.js';

/** `unfold run <config>`. */
export const command = defineCommand({
  options: z.strictObject({
    config,
    out: createOptions.shape.out.meta({ short: 'o' }),
    set: set('the config'),
    draws: sampleOptions.shape.draws,
    events: sampleOptions.shape.events,
    force: createOptions.shape.force,
    trustPlugins,
    json: jsonEvents,
  }),
  positional: ['config'],
  collective: true,
  run: async ({ config, draws, events, json, ...options }) => {
    const { createRun, leaveWorkers, ownRank } = await import('@unfold-zoo/runs');
    const { createLog, EXIT, evaluateAndReport, exitCodeOf, sampleRun, tellNext, trainRun } = await import(
      '../terminal/index.js'
    );
    const log = createLog({ json });
    await using run = await createRun(config, { ...options, log });
    process.exitCode = exitCodeOf(await trainRun(run, log, { json }));
    if (process.exitCode !== EXIT.ok) return;
    process.exitCode = exitCodeOf(await sampleRun(run, { draws, events }, log, { json }));
    if (process.exitCode !== EXIT.ok) return;
    await leaveWorkers();
    if (ownRank() > 0) return;
    await evaluateAndReport(run, { json }, log);
    tellNext(log, ['explore', run.folder], { json });
  },
});

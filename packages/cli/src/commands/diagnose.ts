import { diagnoseOptions, reportOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { json, out, set, trustPlugins } from '../command-line/common-options.js';

/** `unfold diagnose <run>`, of a run or of all models of a benchmark. */
export const command = defineCommand({
  options: z.strictObject({
    run: z
      .string()
      .describe('folder of a trained run, pretrained:<name>, or a benchmark: its folder, its file or its name'),
    ...diagnoseOptions.shape,
    out: out('folder to write', 'folder', 'diagnosis in the run or benchmark'),
    set: set("the run's config, e.g. data.test=other.h5"),
    trustPlugins,
    png: reportOptions.shape.png,
    json,
  }),
  positional: ['run'],
  run: async ({ run: name, set, trustPlugins, out, png, json, ...options }) => {
    const { findBenchmark, openRun } = await import('@unfold-zoo/runs');
    const { createLog, diagnoseAndShow, EXIT, tellNext } = await import('../terminal/index.js');
    const log = createLog({ json });
    const shown = { out, png, json };
    const benchmark = await findBenchmark(name, { trustPlugins, log });
    if (benchmark) {
      process.exitCode = await diagnoseAndShow(benchmark, { ...options, set }, shown, log);
      if (process.exitCode !== EXIT.interrupted) tellNext(log, ['explore', benchmark.folder], { json });
      return;
    }
    await using run = await openRun(name, { set, trustPlugins, log });
    process.exitCode = await diagnoseAndShow(run, options, shown, log);
    if (process.exitCode !== EXIT.interrupted) tellNext(log, ['explore', name], { json });
  },
});

import { benchmarkOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { jsonEvents, set, trustPlugins } from '../command-line/common-options.js';

const { out, jobs, force } = benchmarkOptions.shape;

/** `unfold benchmark <config>`. */
export const command = defineCommand({
  options: z.strictObject({
    config: z.string().describe('a benchmark file, or the name of one that comes along: quick, cpu, paper, truth-lab'),
    out: out.meta({ short: 'o' }),
    set: set('the benchmark'),
    jobs: jobs.meta({ short: 'j' }),
    force,
    trustPlugins,
    json: jsonEvents,
  }),
  positional: ['config'],
  collective: true,
  run: async ({ config, jobs, json, ...options }) => {
    const { openBenchmark } = await import('@unfold-zoo/runs');
    const { createLog, printBenchmark, tellNext, watchBenchmark } = await import('../terminal/index.js');
    const log = createLog({ json });
    const benchmark = await openBenchmark(config, { ...options, log });
    const result = await watchBenchmark((observer) => benchmark.run({ ...observer, jobs }), { json });
    process.exitCode = printBenchmark(result, log);
    if (result.outcome !== 'interrupted') tellNext(log, ['explore', benchmark.folder], { json });
  },
});

import { join, resolve } from 'node:path';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import { diagnoseOptions, reportOptions } from '@unfold-zoo/runs/options';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { json, out, set, trustPlugins } from '../command-line/common-options.js';
import { print } from '../terminal/print.js';

/** `unfold diagnose <run>`. */
export const command = defineCommand({
  options: z.strictObject({
    run: z.string().describe('folder of a trained run'),
    ...diagnoseOptions.shape,
    out: out('folder to write', 'folder', 'diagnosis in the run'),
    set: set("the run's config, e.g. data.test=other.h5"),
    trustPlugins,
    png: reportOptions.shape.png,
    json,
  }),
  positional: ['run'],
  run: async ({ run: folder, set, trustPlugins, out, png, json, ...options }) => {
    const { openRun, WriteLock, writeDiagnosis } = await import('@unfold-zoo/runs');
    const { diagnosisJson, terminalTable, verdictTable } = await import('@unfold-zoo/report');
    const { createLog, withBar, withInterruption } = await import('../terminal/index.js');
    const log = createLog({ quiet: json });
    await using run = await openRun(folder, { set, trustPlugins, log });
    const target = resolve(out ?? join(run.folder, 'diagnosis'));
    using _lock = await WriteLock.ofOutput(target, { work: 'writing a diagnosis', log });
    const bar = '{stage} {bar} {value}/{total} events · {rate} events/s · {left} left';
    const diagnosis = await withInterruption(log.info, (signal) =>
      withBar(bar, (onProgress) => run.diagnose({ ...options, signal, onProgress })),
    );
    if (!diagnosis) {
      process.exitCode = EXIT.interrupted;
      return;
    }
    writeDiagnosis(target, diagnosis, { png });
    print(json ? diagnosisJson(diagnosis) : `\n${terminalTable(verdictTable(diagnosis.findings.verdicts))}`);
    log.info(`diagnosis: ${join(target, 'index.html')}`);
  },
});

import { basename, extname, join, resolve } from 'node:path';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { json, out, set, trustPlugins } from '../command-line/common-options.js';
import { print } from '../terminal/print.js';
import type { Watching } from '../terminal/while-writing.js';

/** `unfold measure <file>`. */
export const command = defineCommand({
  options: z.strictObject({
    measurement: z.string().describe('a measurement file, or the name of one that comes along: sample'),
    out: out('folder to write', 'folder', 'measurements/ and the name of the file'),
    set: set('the measurement, e.g. tests=[closure]'),
    trustPlugins,
    json,
  }),
  positional: ['measurement'],
  run: async ({ measurement: file, out, json, ...options }) => {
    const { measure, WriteLock, writeMeasurement, writeUnfoldedEvents } = await import('@unfold-zoo/runs');
    const { terminalTable } = await import('@unfold-zoo/report');
    const { measurementTables } = await import('@unfold-zoo/measurement');
    const { createLog, whileWriting } = await import('../terminal/index.js');
    const log = createLog({ json });
    const target = resolve(out ?? `measurements/${basename(file, extname(file))}`);
    using _lock = await WriteLock.ofOutput(target, { work: 'writing a measurement', log });
    const parts = join(target, 'parts');
    const bar = '{stage} {bar} {value}/{total} · {left} left';
    const stopped = `what is finished is kept in ${parts}, and the same command goes on from there`;
    const work = (how: Watching) => measure(file, { ...options, ...how, parts, log });
    const measurement = await whileWriting(bar, log, work, { stopped, json });
    if (!measurement) return;
    writeMeasurement(target, measurement);
    await writeUnfoldedEvents(target, measurement);
    const tables = measurementTables(measurement.result);
    print(
      json ? JSON.stringify(measurement.result, null, 2) : tables.map((each) => `\n${terminalTable(each)}`).join('\n'),
    );
    log.info(`measurement: ${resolve(target, 'index.html')}`);
  },
});

// A program of its own: uses the library, and tells as JSON what it did to the process. See quiet.test.ts.
import { join } from 'node:path';
import { createRun, writeReport } from '@unfold-zoo/runs';
import { TINY } from './tiny-run.js';

const listeners = (): Record<string, number> =>
  Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));

const folder = process.argv[2]!;
const before = listeners();
const run = await createRun(TINY, { out: join(folder, 'quiet') });
await run.train();
await run.sample({ events: 4 });
const evaluation = await run.evaluate({ bootstrap: 0 });
writeReport(join(folder, 'report'), evaluation);
await run.close();
process.send!({ before, after: listeners(), exitCode: process.exitCode ?? null });
process.disconnect();

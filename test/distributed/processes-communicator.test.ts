import { readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { newFolder, start } from './local-job.js';

const CHECKS = fileURLToPath(new URL('./check-local-workers.js', import.meta.url));

for (const workers of [2, 3]) {
  test(`${workers} local workers do what communicators must, and leave no file`, async (t) => {
    const folder = newFolder();
    const { code, output } = await start(folder, CHECKS, [String(workers)]).ended;
    t.is(code, 0, output);
    t.is(output.match(/^passed: /gm)?.length, 5, output);
    t.true(output.includes(`passed: ${workers} workers on this machine`), output);
    t.deepEqual(readdirSync(folder), []);
    rmSync(folder, { recursive: true });
  });
}

test('one local worker is the process that was started', async (t) => {
  const folder = newFolder();
  const { code, output } = await start(folder, CHECKS, ['1']).ended;
  t.is(code, 0, output);
  t.true(output.includes('passed: one process'), output);
  rmSync(folder, { recursive: true });
});

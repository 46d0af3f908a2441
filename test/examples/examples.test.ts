import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const examples = fileURLToPath(new URL('../../../examples', import.meta.url));

// Those that use the library. Plugins of examples are tested where they are packed: scripts/check-packages.mjs.
for (const [name, tests] of [
  ['notebook', 'notebook/test/notebook.test.mjs'],
  ['server', 'dist/server/test/server.test.js'],
] as const) {
  test.serial(`the example ${name} passes its own tests`, (t) => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout } = spawnSync(process.execPath, ['--test', tests], { cwd: examples, encoding: 'utf8', env });
    t.is(status, 0, stdout);
  });
}

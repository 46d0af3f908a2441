// Makes a fresh clone ready to run: installs what package-lock.json lists, then builds. Quick when nothing is to do.
// Uses Node's own modules alone, because it runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const MINIMUM_NODE = [20, 19];

checkNode();
if (!isInstalled()) {
  run('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'], 'install dependencies');
}
run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], 'build');
run(process.execPath, [join(root, 'scripts/bundle-pages.mjs')], 'build');
await buildNativeEngine();

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MINIMUM_NODE[0] || (major === MINIMUM_NODE[0] && minor >= MINIMUM_NODE[1])) return;
  fail(`unknown Node ${process.versions.node}: unfold-zoo needs Node ${MINIMUM_NODE.join('.')} or newer`);
}

// npm writes its own copy of the lock file last, so a half-finished install has none.
function isInstalled() {
  const installed = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installed) || !existsSync(join(root, 'node_modules/typescript/bin/tsc'))) return false;
  return statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function run(command, args, what) {
  const quick = what === 'build' && existsSync(join(root, 'test/dist'));
  if (!quick) process.stderr.write(`set-up: ${what} ...\n`);
  // npm prints on standard output; keep that free for the command that follows.
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (error) fail(`set-up could not ${what}: ${error.message}`);
  if (status !== 0) fail(`set-up could not ${what}: "${[command, ...args].join(' ')}" ended with code ${status}`);
}

// Everything works without it, only more slowly, so no failure here stops the set-up.
async function buildNativeEngine() {
  try {
    const { buildAddon } = await import('@unfold-zoo/engine-native/build');
    const problem = await buildAddon({
      onStart: () => process.stderr.write('set-up: compile the native engine ...\n'),
    });
    if (problem) process.stderr.write(`set-up: ${problem}\n`);
  } catch (error) {
    process.stderr.write(`set-up: the engine "native" is left out: ${error.message}\n`);
  }
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

// Every check of the project: format and lint, types of promises, structure, then the tests.
// Prints `N passed, N failed` last.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// Each counts as one test. The check of structure marks its own, as ava does.
const lints = [
  await run('@biomejs/biome/bin/biome', ['check', '.', '--error-on-warnings']),
  await run('eslint/bin/eslint.js', ['.', '--max-warnings=0']),
];
const structure = await run('../scripts/check-structure.mjs', []);
const tests = await run('ava/entrypoints/cli.mjs', process.argv.slice(2));

// ava counts what passed only if nothing failed, so its marks are counted.
const passed =
  ((structure.output + tests.output).match(/^ *✔ /gm) ?? []).length + lints.filter(({ code }) => code === 0).length;
const failed =
  count(tests.output, /^ +(\d+) tests? failed/m) +
  count(tests.output, /^ +(\d+) hooks? failed/m) +
  count(tests.output, /^ +(\d+) uncaught exceptions?/m) +
  count(tests.output, /^ +(\d+) unhandled rejections?/m) +
  (structure.output.match(/^ *✘ /gm) ?? []).length +
  lints.filter(({ code }) => code !== 0).length;
const broken = [structure, tests].some(({ code }) => code !== 0) && failed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failed + broken} failed`);
process.exitCode = failed + broken === 0 ? 0 : 1;

/** Runs a package's command line, showing what it prints and keeping a copy. */
function run(script, args) {
  const command = [join(root, 'node_modules', script), ...args];
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

function count(output, pattern) {
  return Number(output.match(pattern)?.[1] ?? 0);
}

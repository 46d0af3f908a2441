// Every check of the project: format and lint, types of promises, structure, then the tests.
// Prints `N passed, N failed` last.
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// Tests wait a lot for processes that they start; what checks the sources is done meanwhile, and printed after.
const sources = Promise.all([
  run('@biomejs/biome/bin/biome', ['check', '.', '--error-on-warnings'], { print: false }),
  run('eslint/bin/eslint.js', ['.', '--max-warnings=0'], { print: false }),
  run('../scripts/check-structure.mjs', [], { print: false }),
]);
// Files that are named run alone; all run in groups.
const named = process.argv.slice(2);
const tests = await run('ava/entrypoints/cli.mjs', named.length > 0 ? named : ['--config', 'ava.grouped.config.js']);
const [biome, eslint, structure] = await sources;
for (const { output } of [biome, eslint, structure]) process.stdout.write(output);
// Each of these counts as one test. The check of structure marks its own, as ava does.
const lints = [biome, eslint];

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

/** Runs a package's command line and keeps what it prints, which is shown at once or not. */
function run(script, args, { print = true } = {}) {
  const command = [join(root, 'node_modules', script), ...args];
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', print ? 'inherit' : 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
      if (print) process.stdout.write(chunk);
    });
  }
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

function count(output, pattern) {
  return Number(output.match(pattern)?.[1] ?? 0);
}

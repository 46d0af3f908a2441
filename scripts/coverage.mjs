// Runs the tests and says how much of each package they reach: `npm run coverage`, or with the tests' files after `--`.
// Lines and branches go to coverage/index.html, line by line. Commands and workers that tests start are counted too,
// unless they are killed.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ava = join(root, 'node_modules/ava/entrypoints/cli.mjs');
const c8 = join(root, 'node_modules/c8/bin/c8.js');
const { status } = spawnSync(process.execPath, [c8, process.execPath, ava, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;

const summary = JSON.parse(readFileSync(join(root, 'coverage/coverage-summary.json'), 'utf8'));
const files = Object.entries(summary).filter(([file]) => file !== 'total');
const packageOf = (file) => relative(join(root, 'packages'), file).split(sep)[0];
console.log('\n| package | lines | branches | functions |\n| --- | ---: | ---: | ---: |');
for (const name of [...new Set(files.map(([file]) => packageOf(file)))].sort())
  console.log(
    row(
      name,
      files.filter(([file]) => packageOf(file) === name),
    ),
  );
console.log(row('all', files));

function row(name, entries) {
  const shares = ['lines', 'branches', 'functions'].map((kind) => {
    const [covered, all] = ['covered', 'total'].map((key) =>
      entries.reduce((sum, [, each]) => sum + each[kind][key], 0),
    );
    return `${((100 * covered) / all).toFixed(1)} %`;
  });
  return `| ${[name, ...shares].join(' | ')} |`;
}

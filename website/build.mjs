// Builds the documentation site into website/dist: `npm run docs`; with `-- --serve` shows it on this machine.
// What it needs is installed here and nowhere else, the first time that it runs.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const pages = join(here, 'pages');
if (!isInstalled()) install();

const { writePages } = await import('./pages.mjs');
const { writeApi } = await import('./api.mjs');
const { checkSite } = await import('./check.mjs');
const { build, serve } = await import('vitepress');

rmSync(pages, { recursive: true, force: true });
writePages(pages);
await writeApi(join(pages, 'api'));
await build(here);
const problems = checkSite(join(here, 'dist'));
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log('the site is built: website/dist');
if (process.argv.includes('--serve')) await serve({ root: here });

// npm writes its own copy of the lock file last, so a half-finished install has none.
function isInstalled() {
  const installed = join(here, 'node_modules/.package-lock.json');
  return existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(here, 'package-lock.json')).mtimeMs;
}

function install() {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: here,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(1);
}

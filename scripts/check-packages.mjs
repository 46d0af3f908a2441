// Proves that the packages work where they are installed from what `npm pack` makes of them, outside this repository:
// the command line runs, and a new plugin of every role builds, passes its own checks and is trained for two steps.
// Third-party packages come from npm's cache or registry. `npm run check-packages`; prints `N passed, N failed` last.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const work = realpathSync(mkdtempSync(join(tmpdir(), 'unfold-packages-')));
const project = join(work, 'project');
const TWO_STEPS = [
  ...['training.steps=2', 'training.batchSize=8', 'training.validationEvents=8', 'engine={kind: cpu}'],
  'data={kind: ttbar-generator, train: 64, validation: 16, test: 16}',
].flatMap((value) => ['--set', value]);
const QUIET = ['--no-fund', '--no-audit', '--loglevel=error', '--prefer-offline', '--ignore-scripts'];

let [passed, failed] = [0, 0];
try {
  const tarballs = pack();
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }\n');
  check('packages install from their tarballs', project, 'npm', [
    'install',
    ...QUIET,
    ...tarballs,
    'typescript@^5.9.0',
    '@types/node@^20.19.0',
  ]);
  check('unfold list', project, 'npx', ['--no-install', 'unfold', 'list']);
  check('unfold config check', project, 'npx', ['--no-install', 'unfold', 'config', 'check', 'sample']);
  for (const role of ['schedule', 'sampler', 'metrics', 'conditionEncoder']) checkPlugin(role);
  checkPacked();
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function pack() {
  const folder = join(work, 'tarballs');
  mkdirSync(folder);
  check('npm pack', root, 'npm', [
    'pack',
    '--workspaces',
    '--ignore-scripts',
    '--silent',
    '--pack-destination',
    folder,
  ]);
  return readdirSync(folder).map((name) => join(folder, name));
}

// It finds what it imports in the node_modules of the project above it.
function checkPlugin(role) {
  const name = `my-${role.toLowerCase()}`;
  const folder = join(project, name);
  check(`create plugin --role ${role}`, project, 'npx', [
    '--no-install',
    'unfold',
    'create',
    'plugin',
    name,
    '--role',
    role,
  ]);
  check(`${name}: npm test`, folder, 'npm', ['test', '--silent']);
  check(`${name}: config check`, folder, 'npx', ['--no-install', 'unfold', 'config', 'check', 'configs/example.yaml']);
  check(`${name}: train two steps`, folder, 'npx', [
    '--no-install',
    'unfold',
    'train',
    'configs/example.yaml',
    ...TWO_STEPS,
  ]);
}

/** A plugin that is packed and installed itself is found by the name of its package. */
function checkPacked() {
  const folder = join(project, 'my-schedule');
  check('a plugin is packed', folder, 'npm', ['pack', '--silent', '--pack-destination', work]);
  const tarball = join(work, 'my-schedule-0.1.0.tgz');
  check('a packed plugin installs', project, 'npm', ['install', ...QUIET, tarball]);
  check('a packed plugin is found by its name', project, 'npx', [
    '--no-install',
    'unfold',
    'describe',
    'sigmoid',
    '--plugin',
    'my-schedule',
  ]);
}

function check(what, cwd, command, args) {
  const started = performance.now();
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (status === 0) passed++;
  else failed++;
  console.log(`${status === 0 ? '✔' : '✘'} ${what} (${seconds} s)`);
  if (status !== 0) console.log([error?.message, stdout, stderr].filter(Boolean).join('\n'));
}

// Proves that the packages work where they are installed from what `npm pack` makes of them, outside this repository:
// the command line runs, a new plugin of every role builds, passes its own checks and is trained, sampled and
// evaluated, and so are the packages of `examples/`, which are packed and installed themselves. Third-party packages
// come from npm's cache or registry. `npm run check-packages`; prints `N passed, N failed` last.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const work = realpathSync(mkdtempSync(join(tmpdir(), 'unfold-packages-')));
const project = join(work, 'project');
const tarballs = join(work, 'tarballs');
const settings = (...values) => values.flatMap((value) => ['--set', value]);
const TWO_STEPS = settings(
  'training.steps=2',
  'training.batchSize=8',
  'training.validationEvents=8',
  'engine={kind: cpu}',
);
const FEW_EVENTS = settings('data={kind: ttbar-generator, train: 64, validation: 16, test: 16}');
const FEW_STEPS = settings('sampler.steps=4');
const QUIET = ['--no-fund', '--no-audit', '--loglevel=error', '--prefer-offline', '--ignore-scripts'];

const SCRIPT = `
import { createRun, writeReport } from '@unfold-zoo/runs';
const training = { steps: 2, batchSize: 8, validationEvents: 8, fineTune: { steps: 0 } };
const run = await createRun({ extends: 'sample', engine: { kind: 'cpu' }, training }, { out: 'run' });
await run.train();
const jets = [{ pt: 98.1, eta: 0.4, phi: 1.2, mass: 9.7, btag: 1 }];
const lepton = { pt: 45.2, eta: -0.7, phi: 2.9, mass: 0.106, is_electron: 0 };
const posterior = await run.posterior([{ jets, lepton, met: { met: 38.4, phi: -0.5 } }], { draws: 20 });
if (posterior.events[0].particles.hadronic_top.pt.length !== 20) throw new Error('expected 20 draws');
await run.sample({ events: 64 });
if (writeReport('report', await run.evaluate({ bootstrap: 2 })).length === 0) throw new Error('expected files');
await run.close();
`;

let [passed, failed] = [0, 0];
try {
  for (const folder of [project, tarballs]) mkdirSync(folder);
  writeFileSync(join(project, 'package.json'), '{ "name": "project", "private": true, "type": "module" }\n');
  pack('npm pack', root, '--workspaces');
  install('packages install from their tarballs', 'typescript@^5.9.0', '@types/node@^20.19.0', 'fastify@^5.12.0');
  check('npx unfold list', project, 'npx', ['--no-install', 'unfold', 'list']);
  unfold('unfold config check', project, 'config', 'check', 'sample');
  checkScript();
  for (const role of ['schedule', 'sampler', 'metrics', 'evaluators', 'conditionEncoder']) checkTemplate(role);
  const examples = exampleFolders();
  for (const example of examples) checkExample(example);
  pack('my-schedule: npm pack', join(project, 'my-schedule'));
  install('plugins install from their tarballs');
  unfold('a packed plugin is found by its name', project, 'describe', 'sigmoid', '--plugin', 'my-schedule');
  for (const example of examples.filter(hasConfig)) checkInstalledExample(basename(example));
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function pack(what, folder, ...options) {
  check(what, folder, 'npm', ['pack', ...options, '--ignore-scripts', '--silent', '--pack-destination', tarballs]);
}

/** Whatever is packed. npm looks again at the tarballs that it installed before, so all stay where they are. */
function install(what, ...others) {
  const packed = readdirSync(tarballs).map((name) => join(tarballs, name));
  check(what, project, 'npm', ['install', ...QUIET, ...packed, ...others]);
}

// It finds what it imports in the node_modules of the project above it.
function checkTemplate(role) {
  const name = `my-${role.toLowerCase()}`;
  const folder = join(project, name);
  unfold(`create plugin --role ${role}`, project, 'create', 'plugin', name, '--role', role);
  check(`${name}: npm test`, folder, 'npm', ['test', '--silent']);
  const small = [...TWO_STEPS, ...FEW_EVENTS, ...FEW_STEPS];
  unfold(`${name}: train, sample, evaluate`, folder, 'run', 'configs/example.yaml', ...small);
}

/** The library alone, in a folder with nothing but a script of ten lines. */
function checkScript() {
  const folder = join(project, 'script');
  mkdirSync(folder);
  writeFileSync(join(folder, 'study.mjs'), SCRIPT);
  check('a script trains, draws for an event in memory and writes a report', folder, process.execPath, ['study.mjs']);
}

function exampleFolders() {
  const folders = readdirSync(join(root, 'examples')).map((name) => join(root, 'examples', name));
  return folders.filter((folder) => existsSync(join(folder, 'package.json')));
}

function hasConfig(example) {
  return existsSync(join(example, 'configs/example.yaml'));
}

function checkExample(source) {
  const name = basename(source);
  const folder = join(project, name);
  const isSource = (path) => !['dist', 'node_modules', 'runs'].includes(basename(path));
  cpSync(source, folder, { recursive: true, filter: isSource });
  check(`examples/${name}: npm test`, folder, 'npm', ['test', '--silent']);
  pack(`examples/${name}: npm pack`, folder);
}

/** Its config is run from where npm put it, on the sample that comes with the command line. */
function checkInstalledExample(name) {
  const config = join('node_modules', `unfold-${name}`, 'configs/example.yaml');
  const out = ['--out', join('runs', name)];
  unfold(`examples/${name}: train, sample, evaluate`, project, 'run', config, ...out, '--events', '64', ...TWO_STEPS);
}

/** Without npx, which takes as long to start as the command itself. */
function unfold(what, cwd, ...args) {
  check(what, cwd, process.execPath, [join(project, 'node_modules/@unfold-zoo/cli/bin/unfold.js'), ...args]);
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

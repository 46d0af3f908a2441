// Proves that the packages work where they are installed from what `npm pack` makes of them, outside this repository:
// the command line runs, a new plugin of every role builds and passes its own checks, all of them are trained, sampled
// and evaluated in one run, and so are the packages of `examples/`, which are packed and installed themselves.
// Third-party packages come from npm's cache or registry. `npm run check-packages`; prints `N passed, N failed` last.
import { spawn } from 'node:child_process';
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
  'engine={kind: wasm}',
);
const FEW_EVENTS = settings('data={kind: ttbar-generator, train: 64, validation: 16, test: 16}');
/** The roles that plugins are created for, and how a config chooses what such a plugin brings. */
const TEMPLATES = {
  schedule: '{ kind: sigmoid }',
  sampler: '{ kind: midpoint, steps: 4 }',
  metrics: '[{ kind: wasserstein }, { kind: quantiles }]',
  evaluators: '[{ kind: residuals, quantity: px }]',
  conditionEncoder: '{ kind: deep-set, width: 48 }',
};
const QUIET = ['--no-fund', '--no-audit', '--loglevel=error', '--prefer-offline', '--ignore-scripts'];

const SCRIPT = `
import { createRun, writeReport } from '@unfold-zoo/runs';
const training = { steps: 2, batchSize: 8, validationEvents: 8, fineTune: { steps: 0 } };
const run = await createRun({ extends: 'sample', engine: { kind: 'wasm' }, training }, { out: 'run' });
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
  await pack('npm pack', root, '--workspaces');
  await install('packages install from their tarballs', 'typescript@^5.9.0', '@types/node@^20.19.0', 'fastify@^5.12.0');
  await check('npx unfold list', project, 'npx', ['--no-install', 'unfold', 'list']);
  await unfold('unfold config check', project, 'config', 'check', 'sample');
  await checkScript();
  await twoAtOnce(Object.keys(TEMPLATES).map((role) => () => checkTemplate(role)));
  const examples = exampleFolders();
  await twoAtOnce([checkTemplatesInOneRun, ...examples.map((example) => () => checkExample(example))]);
  await pack('my-schedule: npm pack', join(project, templateName('schedule')));
  await install('plugins install from their tarballs');
  await unfold('a packed plugin is found by its name', project, 'describe', 'sigmoid', '--plugin', 'my-schedule');
  await twoAtOnce(examples.filter(hasConfig).map((example) => () => checkInstalledExample(basename(example))));
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/** Does what takes its time on little more than one core, two at a time. */
async function twoAtOnce(tasks) {
  const waiting = [...tasks];
  const work = async () => {
    for (let task = waiting.shift(); task; task = waiting.shift()) await task();
  };
  await Promise.all([work(), work()]);
}

function pack(what, folder, ...options) {
  return check(what, folder, 'npm', [
    'pack',
    ...options,
    '--ignore-scripts',
    '--silent',
    '--pack-destination',
    tarballs,
  ]);
}

/** Whatever is packed. npm looks again at the tarballs that it installed before, so all stay where they are. */
function install(what, ...others) {
  const packed = readdirSync(tarballs).map((name) => join(tarballs, name));
  return check(what, project, 'npm', ['install', ...QUIET, ...packed, ...others]);
}

// It finds what it imports in the node_modules of the project above it.
async function checkTemplate(role) {
  const name = templateName(role);
  const folder = join(project, name);
  await unfold(`create plugin --role ${role}`, project, 'create', 'plugin', name, '--role', role);
  await check(`${name}: npm test`, folder, 'npm', ['test', '--silent']);
  const small = [...TWO_STEPS, ...FEW_EVENTS];
  await unfold(`${name}: config check`, folder, 'config', 'check', 'configs/example.yaml', ...small);
}

async function checkTemplatesInOneRun() {
  const plugins = Object.keys(TEMPLATES).map((role) => `./${templateName(role)}/dist/src/index.js`);
  const choices = Object.entries(TEMPLATES).map(([role, choice]) => `${role}: ${choice}\n`);
  writeFileSync(
    join(project, 'templates.yaml'),
    `plugins: [${plugins.join(', ')}]\nextends: simulated\n${choices.join('')}`,
  );
  await unfold('new plugins: train, sample, evaluate', project, 'run', 'templates.yaml', ...TWO_STEPS, ...FEW_EVENTS);
}

function templateName(role) {
  return `my-${role.toLowerCase()}`;
}

/** The library alone, in a folder with nothing but a script of ten lines. */
async function checkScript() {
  const folder = join(project, 'script');
  mkdirSync(folder);
  writeFileSync(join(folder, 'study.mjs'), SCRIPT);
  await check('a script trains, draws for an event in memory and writes a report', folder, process.execPath, [
    'study.mjs',
  ]);
}

function exampleFolders() {
  const folders = readdirSync(join(root, 'examples')).map((name) => join(root, 'examples', name));
  return folders.filter((folder) => existsSync(join(folder, 'package.json')));
}

function hasConfig(example) {
  return existsSync(join(example, 'configs/example.yaml'));
}

/** Tests of those that use the library, and are no plugins, run in `npm test`: test/examples. */
async function checkExample(source) {
  const name = basename(source);
  const folder = join(project, name);
  const isSource = (path) => !['dist', 'node_modules', 'runs'].includes(basename(path));
  cpSync(source, folder, { recursive: true, filter: isSource });
  if (hasConfig(source)) await check(`examples/${name}: npm test`, folder, 'npm', ['test', '--silent']);
  await pack(`examples/${name}: npm pack`, folder);
}

/** Its config is run from where npm put it, on the sample that comes with the command line. */
async function checkInstalledExample(name) {
  const config = join('node_modules', `unfold-${name}`, 'configs/example.yaml');
  const out = ['--out', join('runs', name)];
  await unfold(
    `examples/${name}: train, sample, evaluate`,
    project,
    'run',
    config,
    ...out,
    '--events',
    '64',
    ...TWO_STEPS,
  );
}

/** Without npx, which takes as long to start as the command itself. */
function unfold(what, cwd, ...args) {
  return check(what, cwd, process.execPath, [join(project, 'node_modules/@unfold-zoo/cli/bin/unfold.js'), ...args]);
}

async function check(what, cwd, command, args) {
  const started = performance.now();
  const { code, output } = await ended(spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] }));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (code === 0) passed++;
  else failed++;
  console.log(`${code === 0 ? '✔' : '✘'} ${what} (${seconds} s)`);
  if (code !== 0) console.log(output);
}

function ended(child) {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

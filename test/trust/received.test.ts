import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isUntrustedCode, loadConfig } from '@unfold-zoo/core/config';
import {
  builtInPlugins,
  catalogueOf,
  checkRun,
  comparePosteriors,
  createRun,
  inspect,
  listKinds,
  openBenchmark,
  openRun,
  type RunInspection,
  readRunConfig,
} from '@unfold-zoo/runs';
import test, { type ExecutionContext } from 'ava';
import { refuses, succeeds } from '../cli/unfold.js';
import { install, project } from '../core/config/project.js';
import { newFolder, TINY, trainedRun } from '../runs/tiny-run.js';

// A plugin that leaves a mark beside it when it is loaded.
const PLUGIN = `
import { component, definePlugin, NoiseSchedule } from '@unfold-zoo/core';
import { appendFileSync } from 'node:fs';
import { z } from 'zod';
import { name } from './more/name.js';
appendFileSync(new URL('loaded', import.meta.url), name);
const steep = component(NoiseSchedule, 'steep', { description: 'x', options: z.object({}), create() {} });
export default definePlugin({ name, version: '1.0.0' }, [steep]);
`;
const NAME = "export const name = 'first';\n";
const CODE = { 'plugin.js': PLUGIN, 'more/name.js': NAME, 'package.json': '{ "type": "module" }' };

const made = newFolder();
let trained = '';

test.before(async () => {
  const run = await trainedRun(made);
  trained = run.folder;
  await run.sample({ events: 8 });
  await run.close();
});
test.after.always(() => rmSync(made, { recursive: true }));

/** A folder that somebody sent: in `run` a trained run, with these files, whose config names these plugins. */
function received(
  t: ExecutionContext,
  plugins: readonly string[] = ['./plugin.js'],
  files: Readonly<Record<string, string>> = inRun(CODE),
): string {
  const folder = project(t, files);
  install(folder, '@unfold-zoo/core', 'zod');
  cpSync(trained, join(folder, 'run'), { recursive: true });
  const config = join(folder, 'run/config.yaml');
  writeFileSync(config, `plugins: ${JSON.stringify(plugins)}\n${readFileSync(config, 'utf8')}`);
  return folder;
}

function inRun(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`run/${name}`, text]));
}

/** Everything that would load the plugins of a run, by the path of its folder. */
const WAYS: Readonly<Record<string, (run: string, trustPlugins?: boolean) => Promise<unknown>>> = {
  'sample, evaluate, train --resume': async (run, trustPlugins) => (await openRun(run, { trustPlugins })).close(),
  posterior: (run, trustPlugins) => comparePosteriors([run], { event: 0, draws: 2, trustPlugins }),
  'config check': (run, trustPlugins) => checkRun(join(run, 'config.yaml'), { data: false, trustPlugins }),
  'describe, schema, doctor': (run, trustPlugins) => catalogueOf({ config: join(run, 'config.yaml'), trustPlugins }),
  'train of its config': async (run, trustPlugins) => {
    const set = ['training.steps=1'];
    const again = await createRun(join(run, 'config.yaml'), { out: join(run, '../again'), set, trustPlugins });
    await again.close();
    rmSync(join(run, '../again'), { recursive: true });
  },
  'a config that extends it': (run, trustPlugins) =>
    readRunConfig({ extends: join(run, 'config.yaml') }, { trustPlugins }),
  'a benchmark of it': (run, trustPlugins) =>
    openBenchmark(
      { name: 'b', data: { kind: 'ttbar-generator' }, models: [{ extends: join(run, 'config.yaml') }] },
      { out: join(run, '../benchmark'), trustPlugins },
    ),
  'core alone': (run, trustPlugins) =>
    loadConfig({ config: join(run, 'config.yaml'), plugins: builtInPlugins, trustPlugins }),
};

const REFUSAL =
  /config\.yaml:1:\d+ plugins\.0: untrusted plugin "\.\/plugin\.js": .*\/run asks for .*\/run\/plugin\.js/;

for (const [way, take] of Object.entries(WAYS)) {
  test(`a received run loads its plugin only if told, once, until the code changes: ${way}`, async (t) => {
    const run = join(received(t), 'run');
    const error = await t.throwsAsync(take(run), { name: 'UserError', message: REFUSAL });
    t.true(isUntrustedCode(error));
    t.false(existsSync(join(run, 'loaded')));
    await t.notThrowsAsync(take(run, true));
    t.true(existsSync(join(run, 'loaded')));
    await t.notThrowsAsync(take(run));
    writeFileSync(join(run, 'more/name.js'), `${NAME}// changed\n`);
    await t.throwsAsync(take(run), { message: /it is not what it was when you trusted it/ });
  });
}

async function inspectRun(run: string, trustPlugins = false): Promise<RunInspection> {
  return (await inspect(run, { trustPlugins })).content as RunInspection;
}

test('what can be shown of a received run without its plugin is shown', async (t) => {
  const run = join(received(t), 'run');
  const shownRun = await inspectRun(run);
  t.deepEqual(shownRun.untrusted, ['./plugin.js']);
  const own = await inspectRun(trained);
  for (const key of ['choices', 'training', 'parameters'] as const) t.deepEqual(shownRun[key], own[key]);
  const errors: unknown[] = [];
  const config = join(run, 'config.yaml');
  const shown = listKinds(await catalogueOf({ config, onUntrusted: (error) => errors.push(error) }));
  t.is(errors.length, 1);
  t.deepEqual(shown, listKinds(await catalogueOf()));
  t.false(existsSync(join(run, 'loaded')));
  t.deepEqual((await inspectRun(run, true)).untrusted, []);
});

test('on the command line, --trust-plugins is what allows it', async (t) => {
  const folder = received(t);
  const untrusted = /untrusted plugin "\.\/plugin\.js": .* look at it first, then load it with --trust-plugins\n$/;
  await refuses(t, folder, ['sample', 'run', '--events', '8', '--out', 'draws.h5'], untrusted);
  const { stdout } = await succeeds(t, folder, 'inspect', 'run');
  t.regex(stdout, /not loaded: \.\/plugin\.js; .*--trust-plugins/);
  t.false(existsSync(join(folder, 'run/loaded')));
  await succeeds(t, folder, 'list', '--config', 'run/config.yaml', '--trust-plugins');
  await succeeds(t, folder, 'sample', 'run', '--events', '8', '--out', 'draws.h5');
});

/** Ways to hide that a plugin has come with a run: the plugin as the config writes it, and what lies where. */
const HIDDEN: Readonly<Record<string, (t: ExecutionContext) => string>> = {
  'beside the run': (t) => join(received(t, ['../plugin.js'], CODE), 'run'),
  'in node_modules of the run': (t) => join(received(t, ['evil'], inRun(within('node_modules/evil'))), 'run'),
  'in node_modules above the run': (t) => join(received(t, ['evil'], within('node_modules/evil')), 'run'),
  'behind a link in the run': (t) => {
    const folder = received(t, ['./linked.js'], CODE);
    symlinkSync(join(folder, 'plugin.js'), join(folder, 'run/linked.js'));
    return join(folder, 'run');
  },
  'by its absolute path': (t) => {
    const folder = received(t, [], CODE);
    const config = join(folder, 'run/config.yaml');
    const text = readFileSync(config, 'utf8').replace('plugins: []', `plugins: [${join(folder, 'plugin.js')}]`);
    writeFileSync(config, text);
    return join(folder, 'run');
  },
  'in a config outside that the run extends': (t) => {
    const folder = received(t, [], { ...CODE, 'below.yaml': 'plugins: [./plugin.js]\n' });
    const config = join(folder, 'run/config.yaml');
    writeFileSync(config, readFileSync(config, 'utf8').replace('plugins: []', 'extends: ../below.yaml'));
    return join(folder, 'run');
  },
  'in a run without marks': (t) => {
    const folder = received(t);
    for (const name of ['run.json', 'scaling.json', 'checkpoints'])
      rmSync(join(folder, 'run', name), { recursive: true });
    return join(folder, 'run');
  },
};

function within(folder: string): Record<string, string> {
  const manifest = JSON.stringify({ name: 'evil', type: 'module', main: 'plugin.js' });
  const files = { ...CODE, 'package.json': manifest };
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
}

for (const [place, make] of Object.entries(HIDDEN)) {
  test(`a plugin of a received run is not loaded ${place}`, async (t) => {
    const run = make(t);
    await t.throwsAsync(openRun(run), { message: /untrusted plugin/ });
    t.deepEqual(marks(join(run, '..')), []);
    await (await openRun(run, { trustPlugins: true })).close();
    t.is(marks(join(run, '..')).length, 1);
    await (await openRun(run)).close();
  });
}

function marks(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('loaded'));
}

test('a config anywhere in the folder of a run or benchmark is received, also behind a link', async (t) => {
  const folder = received(t, [], { ...inRun(CODE), 'run/more/deep/config.yaml': '' });
  const deep = `plugins: [${join(folder, 'run/plugin.js')}]\nextends: sample\n`;
  writeFileSync(join(folder, 'run/more/deep/config.yaml'), deep);
  symlinkSync(join(folder, 'run/more/deep/config.yaml'), join(folder, 'mine.yaml'));
  for (const file of ['run/more/deep/config.yaml', 'mine.yaml'])
    await t.throwsAsync(readRunConfig(join(folder, file)), { message: /untrusted plugin ".*\/run\/plugin.js"/ });

  const benchmark = 'plugins: [./plugin.js]\ndata: { kind: ttbar-generator }\nmodels: [{ extends: small }]\n';
  const other = project(t, {
    ...CODE,
    'benchmark.yaml': benchmark,
    'floor.json': '{}',
    'runs/small/benchmark.json': '{}',
  });
  install(other, '@unfold-zoo/core', 'zod');
  const open = (trustPlugins?: boolean) =>
    openBenchmark(join(other, 'benchmark.yaml'), { out: join(other, 'b'), trustPlugins });
  await t.throwsAsync(open(), { message: /untrusted plugin "\.\/plugin\.js"/ });
  t.false(existsSync(join(other, 'loaded')));
  await t.notThrowsAsync(open(true));
});

test('own runs ask nothing: after the plugin was changed, and the run moved', async (t) => {
  const folder = project(t, { ...CODE, 'mine.yaml': 'plugins: [./plugin.js]\nextends: sample\n' });
  install(folder, '@unfold-zoo/core', 'zod');
  const set = { engine: TINY.engine, training: TINY.training };
  const run = await createRun(join(folder, 'mine.yaml'), { set, out: join(folder, 'runs/mine') });
  await run.close();
  await (await openRun(join(folder, 'runs/mine'))).close();
  writeFileSync(join(folder, 'more/name.js'), `${NAME}// changed\n`);
  renameSync(join(folder, 'runs'), join(folder, 'kept'));
  await (await openRun(join(folder, 'kept/mine'))).close();
  await t.notThrowsAsync(checkRun(join(folder, 'kept/mine/config.yaml'), { data: false }));
  t.deepEqual((await inspectRun(join(folder, 'kept/mine'))).untrusted, []);
});

test('a config that the user wrote, and a plugin that the user names, need no word', async (t) => {
  const folder = project(t, { ...CODE, 'mine.yaml': 'plugins: [./plugin.js]\nextends: sample\n' });
  install(folder, '@unfold-zoo/core', 'zod');
  await t.notThrowsAsync(readRunConfig(join(folder, 'mine.yaml')));
  await t.notThrowsAsync(catalogueOf({ plugins: [join(folder, 'plugin.js')] }));
  await t.notThrowsAsync(openRun(trained, { set: [`plugins=[${join(folder, 'plugin.js')}]`] }));
});

const posix = process.platform === 'win32' ? test.skip : test;

/** The folder in which it is noted what is trusted. */
const STORE = join(process.env['XDG_STATE_HOME']!, 'unfold-zoo/trusted');

posix('what is trusted is noted for the user alone, and is not believed when others can write it', async (t) => {
  const run = join(received(t), 'run');
  await (await openRun(run, { trustPlugins: true })).close();
  const file = readdirSync(STORE)
    .map((name) => join(STORE, name))
    .find((path) => readFileSync(path, 'utf8').includes(run))!;
  t.is(statSync(STORE).mode & 0o777, 0o700);
  t.is(statSync(file).mode & 0o777, 0o600);
  chmodSync(file, 0o666);
  await t.throwsAsync(openRun(run), { message: /untrusted plugin/ });
  chmodSync(file, 0o600);
  await t.notThrowsAsync(openRun(run));
  writeFileSync(file, '{"path":');
  await t.throwsAsync(openRun(run), { message: /untrusted plugin/ });
});

test('many that are trusted at once are all noted', async (t) => {
  const runs = Array.from({ length: 8 }, () => join(received(t), 'run'));
  await Promise.all(runs.map((run) => openRun(run, { trustPlugins: true })));
  await t.notThrowsAsync(Promise.all(runs.map((run) => openRun(run))));
});

test('a library that a received run names is loaded only if told; names are left to the system', async (t) => {
  const folder = received(t, [], { 'run/evil.so': 'no library' });
  const run = join(folder, 'run');
  const config = join(run, 'config.yaml');
  const name = (library: string) => {
    const text = readFileSync(join(trained, 'config.yaml'), 'utf8');
    writeFileSync(config, text.replace(/parallel:\n( {2}.*\n)+/, `parallel: { kind: mpi, library: ${library} }\n`));
    return readFileSync(config, 'utf8').includes(library);
  };
  t.true(name(join(run, 'evil.so')));
  await t.throwsAsync(openRun(run), {
    message: /config\.yaml:\d+:\d+ parallel\.library: untrusted library ".*evil\.so"/,
  });
  await t.notThrowsAsync(openRun(run, { trustPlugins: true }));
  await t.notThrowsAsync(openRun(run));
  writeFileSync(join(run, 'evil.so'), 'another library');
  await t.throwsAsync(openRun(run), { message: /it is not what it was when you trusted it/ });
  t.true(name('libmpi.so.40'));
  await t.notThrowsAsync(openRun(run));
  mkdirSync(join(folder, 'own'));
  await t.notThrowsAsync(
    readRunConfig({ extends: 'sample', parallel: { kind: 'mpi', library: join(run, 'evil.so') } }),
  );
});

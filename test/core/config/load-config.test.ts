import { homedir } from 'node:os';
import { join } from 'node:path';
import { isUserError } from '@unfold-zoo/core';
import { loadConfig } from '@unfold-zoo/core/config';
import test from 'ava';
import { load, problems, project } from './project.js';

const paper = 'schedule: { kind: learned, width: 8, margin: 0.2 }\nmetrics: [{ kind: wasserstein }, { kind: kl }]\n';

test('an empty config is complete: training and seed have defaults, and no role is chosen', async (t) => {
  const config = await load(project(t, { 'run.yaml': '' }), 'run.yaml');
  t.is(config.seed, 0);
  t.is(config.name, undefined);
  t.deepEqual(config.choices, {});
  t.deepEqual([config.training.batchSize, config.training.learningRate, config.training.clipNorm], [1024, 5e-4, 1]);
  t.deepEqual(config.training.fineTune, { steps: 0, learningRate: 1e-4 });
  t.deepEqual(config.training.adam, { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
  t.is(config.training.earlyStop, null);
  t.deepEqual(
    config.plugins.map(({ name }) => name),
    ['@sample/parts'],
  );
});

test('a preset is named bare, both on the command line and by extends', async (t) => {
  const folder = project(t, { 'paper.yaml': paper, 'run.yaml': 'extends: paper\nname: mine\nseed: 4\n' });
  const [preset, own] = [await load(folder, 'paper'), await load(folder, 'run.yaml')];
  t.deepEqual(own.choices, preset.choices);
  t.deepEqual([own.name, own.seed], ['mine', 4]);
});

test('a path in extends is relative to the file that says it', async (t) => {
  const folder = project(t, {
    'run.yaml': 'extends: ./deep/base.yaml\n',
    'deep/base.yaml': 'extends: ../root.yaml\nseed: 2\n',
    'root.yaml': paper,
  });
  const { choices, seed } = await load(folder, 'run.yaml');
  t.deepEqual([seed, choices['schedule']], [2, { kind: 'learned', width: 8, margin: 0.2 }]);
});

test('extends reaches into a package installed beside the config', async (t) => {
  const folder = project(t, {
    'run.yaml': 'extends: "@me/parts/presets/x.yaml"\n',
    'node_modules/@me/parts/package.json': '{ "name": "@me/parts", "exports": { "./presets/*": "./presets/*" } }',
    'node_modules/@me/parts/presets/x.yaml': 'seed: 7\n',
  });
  t.is((await load(folder, 'run.yaml')).seed, 7);
});

test('a config that extends itself is refused with the whole circle', async (t) => {
  const folder = project(t, { 'a.yaml': 'extends: ./b.yaml\n', 'b.yaml': 'extends: ./a.yaml\n' });
  const circle = 'a.yaml -> b.yaml -> a.yaml';
  t.deepEqual(await problems(t, folder, 'a.yaml'), [`b.yaml:1:10 extends: a config cannot extend itself: ${circle}`]);
});

test('keys of a role are merged, and the rest of the preset stays', async (t) => {
  const folder = project(t, { 'paper.yaml': paper, 'run.yaml': 'extends: paper\nschedule: { margin: 0.3 }\n' });
  const { choices } = await load(folder, 'run.yaml');
  t.deepEqual(choices['schedule'], { kind: 'learned', width: 8, margin: 0.3 });
  t.deepEqual(choices['metrics'], [{ kind: 'wasserstein' }, { kind: 'kl', bins: 64 }]);
});

test('another kind replaces the whole role', async (t) => {
  const folder = project(t, { 'paper.yaml': paper, 'run.yaml': 'extends: paper\nschedule: { kind: cosine }\n' });
  t.deepEqual((await load(folder, 'run.yaml')).choices['schedule'], { kind: 'cosine', margin: 0.1 });
});

test('a list is replaced whole', async (t) => {
  const folder = project(t, { 'paper.yaml': paper, 'run.yaml': 'extends: paper\nmetrics: [{ kind: kl }]\n' });
  t.deepEqual((await load(folder, 'run.yaml')).choices['metrics'], [{ kind: 'kl', bins: 64 }]);
});

test('a null removes what a preset set, a role or a single option', async (t) => {
  const text = 'extends: paper\nschedule: { margin: null }\nmetrics: null\ntraining: null\n';
  const { choices } = await load(project(t, { 'paper.yaml': paper, 'run.yaml': text }), 'run.yaml');
  t.deepEqual(choices, { schedule: { kind: 'learned', width: 8, margin: 0.1 } });
});

test('a null stays where the option accepts one', async (t) => {
  const folder = project(t, { 'run.yaml': 'denoiser: { kind: gated, dropout: null }\n' });
  const { choices } = await load(folder, 'run.yaml');
  t.is((choices['denoiser'] as { dropout?: unknown }).dropout, null);
});

test('--set reaches into roles, lists and training, in order', async (t) => {
  const folder = project(t, { 'paper.yaml': paper });
  const { choices, training, seed } = await load(
    folder,
    'paper',
    'metrics.1.bins=128',
    'schedule.kind=cosine',
    'schedule.margin=0.4',
    'training.adam.beta1=0.5',
    'training.fineTune={ steps: 3 }',
    'denoiser.kind=gated',
    'seed=1',
    'seed=2',
  );
  t.deepEqual(choices['metrics'], [{ kind: 'wasserstein' }, { kind: 'kl', bins: 128 }]);
  t.deepEqual(choices['schedule'], { kind: 'cosine', margin: 0.4 });
  t.deepEqual([training.adam.beta1, training.adam.beta2], [0.5, 0.999]);
  t.deepEqual(training.fineTune, { steps: 3, learningRate: 1e-4 });
  t.is((choices['denoiser'] as { blocks?: number }).blocks, 3);
  t.is(seed, 2);
});

test('an empty --set value removes a key', async (t) => {
  const folder = project(t, { 'paper.yaml': paper });
  t.deepEqual(Object.keys((await load(folder, 'paper', 'metrics=')).choices), ['schedule']);
});

test('a file path is relative to whoever wrote it, at any depth', async (t) => {
  const folder = project(t, {
    'run.yaml': 'extends: ./deep/base.yaml\ndata: { byName: { a: own.h5 } }\n',
    'deep/base.yaml':
      'data: { kind: files, path: events.h5, more: [{ file: ../x.h5 }], byName: { b: /b.h5 }, scaling: s.json }\n',
  });
  const { choices } = await load(folder, 'run.yaml');
  t.deepEqual(choices['data'], {
    kind: 'files',
    path: join(folder, 'deep/events.h5'),
    more: [{ file: join(folder, 'x.h5') }],
    byName: { a: join(folder, 'own.h5'), b: '/b.h5' },
    scaling: join(folder, 'deep/s.json'),
  });
  const replaced = await load(folder, 'run.yaml', 'data.path=here.h5', 'data.scaling=fit');
  const { path, scaling } = replaced.choices['data'] as Record<string, unknown>;
  t.deepEqual([path, scaling], [join(process.cwd(), 'here.h5'), 'fit']);
});

test.serial('a file path may begin with the home folder and hold variables of the environment', async (t) => {
  process.env['UNFOLD_TEST_DATA'] = '/big/disk';
  t.teardown(() => delete process.env['UNFOLD_TEST_DATA']);
  const folder = project(t, {
    'run.yaml': `data:
  { kind: files, path: ~/x.h5, byName: { a: $UNFOLD_TEST_DATA/a.h5, b: "\${UNFOLD_TEST_DATA}b.h5" } }
`,
    'bad.yaml': 'data:\n  kind: files\n  path: $UNFOLD_TEST_MISSING/x.h5\n',
    '$here.h5': '',
    'literal.yaml': 'data: { kind: files, path: $here.h5 }\n',
  });
  t.like((await load(folder, 'run.yaml')).choices['data'], {
    path: join(homedir(), 'x.h5'),
    byName: { a: '/big/disk/a.h5', b: '/big/diskb.h5' },
  });
  t.like((await load(folder, 'literal.yaml')).choices['data'], { path: join(folder, '$here.h5') });
  t.deepEqual(await problems(t, folder, 'bad.yaml'), [
    'bad.yaml:3:9 data.path: unknown variable $UNFOLD_TEST_MISSING: the environment lacks it',
  ]);
});

test('YAML anchors are followed', async (t) => {
  const folder = project(t, { 'run.yaml': 'metrics: [&kl { kind: kl, bins: 5 }, *kl]\n' });
  const kl = { kind: 'kl', bins: 5 };
  t.deepEqual((await load(folder, 'run.yaml')).choices['metrics'], [kl, kl]);
});

test('presets are optional, and the command line may name a file by its relative path', async (t) => {
  const error = await t.throwsAsync(loadConfig({ config: 'no/such.yaml', plugins: [] }));
  t.true(isUserError(error));
  t.regex(error!.message, /^missing config "no\/such\.yaml": /);
});

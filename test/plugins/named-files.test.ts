import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EventSource, Rng } from '@unfold-zoo/core';
import { type Config, loadConfig, presetsOf } from '@unfold-zoo/core/config';
import data from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { install, project, samplePlugin } from '../core/config/project.js';
import { ROOT } from '../docs/markdown.js';

const plugin = (name: string, facts = '') => `
import { component, definePlugin, NoiseSchedule } from '@unfold-zoo/core';
import { z } from 'zod';
export default definePlugin({ name: '${name}', version: '1.0.0', ${facts} }, [
  component(NoiseSchedule, '${name.replace(/\W/g, '')}', {
    description: 'x',
    options: z.object({ slope: z.number().default(1) }),
    create() {},
  }),
]);
`;

const presetFolder = "presets: new URL('./presets/', import.meta.url)";
const files = {
  'package.json': '{ "type": "module" }',
  'own/index.js': plugin('@me/own', `${presetFolder}, topologies: new URL('./topologies/', import.meta.url)`),
  'own/presets/steep.yaml': 'schedule: { kind: meown, slope: 5 }\n',
  'own/presets/steeper.yaml': 'extends: steep\nschedule: { slope: 9 }\n',
  'own/topologies/z-jets.yaml': readFileSync(join(ROOT, 'examples/own-topology/z-jets.yaml'), 'utf8'),
  'other/index.js': plugin('other', "presets: { steep: new URL('./mine.yaml', import.meta.url) }"),
  'other/mine.yaml': 'schedule: { kind: other, slope: 2 }\n',
};

function folderWith(t: ExecutionContext, more: Readonly<Record<string, string>>): string {
  const folder = project(t, { ...files, ...more });
  install(folder, '@unfold-zoo/core', 'zod');
  return folder;
}

function load(folder: string, config: string, ...overrides: readonly string[]): Promise<Config> {
  const plugins = [data, samplePlugin];
  return loadConfig({ config: config.endsWith('.yaml') ? join(folder, config) : config, overrides, plugins });
}

const slope = ({ choices }: Config) => (choices['schedule'] as { slope?: number }).slope;

test(
  'a preset of a plugin goes by its bare name in a config that lists the plugin, as does what it ' + 'extends',
  async (t) => {
    const folder = folderWith(t, {
      'run.yaml': 'plugins: [./own/index.js]\nextends: steeper\n',
      'below.yaml': 'extends: ./run.yaml\nschedule: { slope: 11 }\n',
      // Named in the config above, the plugin is known to the one below.
      'above.yaml': 'plugins: [./own/index.js]\nextends: ./bare.yaml\n',
      'bare.yaml': 'extends: steep\n',
    });
    t.is(slope(await load(folder, 'run.yaml')), 9);
    t.is(slope(await load(folder, 'below.yaml')), 11);
    t.is(slope(await load(folder, 'above.yaml')), 5);
  },
);

test('--set plugins makes the presets of a plugin known to the command line', async (t) => {
  const folder = folderWith(t, { 'bare.yaml': 'extends: steeper\n' });
  const listed = `plugins=[${join(folder, 'own/index.js')}]`;
  t.is(slope(await load(folder, 'steeper', listed)), 9);
  t.is(slope(await load(folder, '@me/own/steep', listed)), 5);
  t.is(slope(await load(folder, 'bare.yaml', 'seed=3', listed)), 9);
});

test('a plugin that only the extended file lists is not known to the name that leads to it', async (t) => {
  const folder = folderWith(t, {
    'run.yaml': 'extends: steap\n',
    'list.yaml': 'plugins: [./own/index.js]\nextends: steap\n',
  });
  await t.throwsAsync(load(folder, 'run.yaml'), {
    name: 'UserError',
    message: /unknown preset "steap", known presets: none$/,
  });
  await t.throwsAsync(load(folder, 'list.yaml'), {
    name: 'UserError',
    message: /list\.yaml:2:10 extends: unknown preset "steap", did you mean "steep"\? known presets: steep, steeper$/,
  });
});

test('a preset name that two plugins have is refused with both, and works with the name of either', async (t) => {
  const both = 'plugins: [./own/index.js, ./other/index.js]\n';
  const folder = folderWith(t, {
    'run.yaml': `${both}extends: steep\n`,
    'own.yaml': `${both}extends: "@me/own/steep"\n`,
    'other.yaml': `${both}extends: other/steep\n`,
  });
  await t.throwsAsync(load(folder, 'run.yaml'), {
    name: 'UserError',
    message: /run\.yaml:2:10 extends: duplicate preset: several .* "steep"; write "@me\/own\/steep" or "other\/steep"$/,
  });
  t.is(slope(await load(folder, 'own.yaml')), 5);
  t.is(slope(await load(folder, 'other.yaml')), 2);
});

test('a topology of a plugin goes by its bare name', async (t) => {
  const source = 'data: { kind: hdf5, topology: z-jets, train: events.h5 }\n';
  const folder = folderWith(t, { 'run.yaml': `plugins: [./own/index.js]\n${source}`, 'bare.yaml': source });
  const open = ({ catalogue, choices }: Config) => catalogue.assemble(EventSource, choices, new Rng(0));
  t.is(open(await load(folder, 'run.yaml')).spec.name, 'z-jets');
  const without = await load(folder, 'bare.yaml');
  t.throws(() => open(without), {
    name: 'UserError',
    message: /^unknown data\.topology: "z-jets".* known topologies: [^;]*semileptonic-ttbar[^;]*; or write the path/,
  });
});

test('presets that are in no place are told with the plugin', (t) => {
  const facts = { name: 'mine', version: '1.0.0' };
  const missing = { ...facts, presets: new URL('./nowhere/', import.meta.url) };
  t.throws(() => presetsOf([missing]), { name: 'UserError', message: /^invalid plugin "mine": there is no folder/ });
  const text = { ...facts, presets: './presets' as unknown as URL };
  t.throws(() => presetsOf([text]), {
    name: 'UserError',
    message: /^invalid plugin "mine": expected presets to be a URL/,
  });
});

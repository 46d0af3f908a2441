import '../../tfjs.js';
import { cpSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setBackend } from '@tensorflow/tfjs-core';
import {
  type Component,
  type ConditionEncoder,
  ConditionEncoder as ConditionEncoderRole,
  EventSpec,
  isUserError,
  Module,
  Rng,
} from '@unfold-zoo/core';
import { Catalogue, service } from '@unfold-zoo/core/config';
import test from 'ava';
import { install, load, problems, project } from './project.js';

const plugin = (name: string, kind: string) => `
import { component, definePlugin, NoiseSchedule } from '@unfold-zoo/core';
import { z } from 'zod';
export default definePlugin({ name: '${name}', version: '2.0.0' }, [
  component(NoiseSchedule, '${kind}', {
    description: 'x', options: z.object({ slope: z.number().default(1) }), create() {} }),
]);
`;

const importOnly = (name: string) =>
  `{ "name": "${name}", "type": "module", "exports": { ".": { "import": "./index.js" } } }`;

const files = {
  'run.yaml': 'plugins: ["@me/linear", ./local.js]\nschedule: { kind: linear }\n',
  'local.js': plugin('local', 'steps'),
  'package.json': '{ "type": "module" }',
  'node_modules/@me/linear/package.json': importOnly('@me/linear'),
  'node_modules/@me/linear/index.js': plugin('@me/linear', 'linear'),
};

test('plugins load from a package that can only be imported and from a file; their kinds can be chosen', async (t) => {
  const folder = project(t, files);
  install(folder, '@unfold-zoo/core', 'zod');
  const { choices, plugins, catalogue } = await load(folder, 'run.yaml');
  t.deepEqual(choices['schedule'], { kind: 'linear', slope: 1 });
  t.deepEqual(
    plugins.map(({ name }) => name),
    ['@sample/parts', '@me/linear', 'local'],
  );
  t.deepEqual(
    catalogue.components('schedule').map(({ kind }) => kind),
    ['learned', 'cosine', 'linear', 'steps'],
  );
});

test('the resolved YAML loads the same plugins from a folder where their names mean nothing', async (t) => {
  const folder = project(t, files);
  install(folder, '@unfold-zoo/core', 'zod');
  const first = await load(folder, 'run.yaml');
  const yaml = first.resolvedYaml();
  t.true(yaml.includes('# @me/linear 2.0.0, written as @me/linear'));
  const elsewhere = project(t, {});
  writeFileSync(join(elsewhere, 'config.yaml'), yaml);
  const second = await load(elsewhere, 'config.yaml');
  t.deepEqual(second.choices, first.choices);
  t.deepEqual(second.plugins, first.plugins);
});

test('a plugin of a preset is found from the preset, and --set names one from the working directory', async (t) => {
  const folder = project(t, {
    ...files,
    'run.yaml': 'extends: ./deep/base.yaml\n',
    'deep/base.yaml': 'plugins: [../local.js]\n',
  });
  install(folder, '@unfold-zoo/core', 'zod');
  t.is((await load(folder, 'run.yaml')).plugins[1]?.name, 'local');
  t.is((await load(folder, 'run.yaml', `plugins.0=${join(folder, 'local.js')}`)).plugins[1]?.name, 'local');
});

test('listing a plugin twice loads it once, and a second copy of it is refused', async (t) => {
  const folder = project(t, {
    ...files,
    'run.yaml': 'plugins: [./local.js, ./local.js]\n',
    'copy.js': plugin('local', 'steps'),
  });
  install(folder, '@unfold-zoo/core', 'zod');
  t.is((await load(folder, 'run.yaml')).plugins.length, 2);
  const [problem] = await problems(t, folder, 'run.yaml', `plugins.1=${folder}/copy.js`);
  t.is(
    problem,
    '--set plugins.1 plugins.1: duplicate plugin "copy.js": local 2.0.0 is already loaded, and copy.js is ' +
      'another copy; remove one',
  );
});

test('every plugin that cannot be used is reported, as the user wrote it', async (t) => {
  const folder = project(t, {
    'package.json': '{ "type": "module" }',
    'run.yaml':
      'plugins:\n  - "@me/none"\n  - ./none.js\n  - ./plain.js\n  - ./throws.js\n  - ./future.js\n  - ./imports.js\n',
    'plain.js': 'export default { name: "plain" };\n',
    'throws.js': 'throw new RangeError("no luck");\n',
    'future.js': 'export default { name: "future", version: "1.0.0", api: 99, module: { id: 1 } };\n',
    'imports.js': 'import "@me/other";\n',
  });
  const found = await problems(t, folder, 'run.yaml');
  const expected = [
    /^run\.yaml:2:5 plugins\.0: missing plugin "@me\/none": there is no file .* and no package of that name; install it where/,
    /^run\.yaml:3:5 plugins\.1: missing plugin "\.\/none\.js": there is no file none\.js; correct the path$/,
    /^run\.yaml:4:5 plugins\.2: invalid plugin "\.\/plain\.js": its default export is not a plugin; write export default definePlugin/,
    /^run\.yaml:5:5 plugins\.3: invalid plugin "\.\/throws\.js": loading throws\.js failed with RangeError: no luck$/,
    /^run\.yaml:6:5 plugins\.4: invalid plugin "\.\/future\.js": future 1\.0\.0 speaks plugin interface 99, and @unfold-zoo\/core \S+ speaks 1; install a newer @unfold-zoo\/core$/,
    /^run\.yaml:7:5 plugins\.5: invalid plugin "\.\/imports\.js": loading imports\.js failed with Error: Cannot find package '@me\/other'/,
  ];
  t.is(found.length, expected.length);
  for (const [i, pattern] of expected.entries()) t.regex(found[i]!, pattern);
});

test('the list of plugins must be a list of names', async (t) => {
  const folder = project(t, { 'run.yaml': 'plugins: ./local.js\n' });
  t.deepEqual(await problems(t, folder, 'run.yaml'), ['run.yaml:1:10 plugins: expected a list, got "./local.js"']);
});

test('a plugin whose peer dependencies ask for other versions is refused before it is loaded', async (t) => {
  const peers = (ranges: object) =>
    JSON.stringify({ name: '@me/old', type: 'module', main: 'index.js', peerDependencies: ranges });
  const folder = project(t, {
    'run.yaml': 'plugins: ["@me/old"]\n',
    'node_modules/@me/old/package.json': peers({ '@unfold-zoo/core': '^99.0.0', '@tensorflow/tfjs-core': '~3.1.0' }),
    'node_modules/@me/old/index.js': 'throw new Error("was loaded");\n',
  });
  const [problem] = await problems(t, folder, 'run.yaml');
  t.regex(
    problem ?? '',
    /^run\.yaml:1:11 plugins\.0: invalid plugin "@me\/old": @me\/old needs @unfold-zoo\/core \^99\.0\.0, here is \S+, and @tensorflow\/tfjs-core ~3\.1\.0, here is 4\.\S+; install versions that fit together$/,
  );
  writeFileSync(join(folder, 'node_modules/@me/old/package.json'), peers({ '@unfold-zoo/core': '*', zod: '^99.0.0' }));
  t.regex((await problems(t, folder, 'run.yaml'))[0] ?? '', /failed with Error: was loaded$/);
});

test('a kind that a plugin offers twice, and components that cannot be read, are named with the plugin', async (t) => {
  const twice = plugin('twice', 'same').replace(/component\(.*\),/s, '$&$&');
  const folder = project(t, {
    'package.json': '{ "type": "module" }',
    'twice.yaml': 'plugins: [./twice.js]\n',
    'twice.js': twice,
    'odd.yaml': 'plugins: [./odd.js]\n',
    'odd.js':
      'export default { name: "odd", version: "1.0.0", api: 1, module: { id: 1, load() { throw new ' +
      'TypeError("no load"); } } };\n',
  });
  install(folder, '@unfold-zoo/core', 'zod');
  t.deepEqual(await problems(t, folder, 'twice.yaml'), [
    'duplicate schedule: "same" comes twice from "twice"; load one of them',
  ]);
  t.regex(
    (await problems(t, folder, 'odd.yaml'))[0] ?? '',
    /^invalid plugin "odd": its components cannot be read: \w*Error: /,
  );
});

const encoderPlugin = `
import * as tf from '@tensorflow/tfjs-core';
import { component, ConditionEncoder, definePlugin, EventSpec, Module, UserError } from '@unfold-zoo/core';
import { Linear } from '@unfold-zoo/core/nn';
import { z } from 'zod';

class Encoder extends Module {
  constructor(width, rng) {
    super();
    this.width = width;
    this.layer = new Linear({ inputs: 2, outputs: width }, rng);
  }
  encode(observed) {
    return this.layer.apply(tf.sum(observed.met.features, 1));
  }
}

export default definePlugin({ name: 'second-copy', version: '1.0.0' }, [
  component(ConditionEncoder, 'sum', {
    description: 'x',
    options: z.object({
      width: z.int().default(3).describe('Width'),
      gate: z.union([z.literal('off'), z.object({ bias: z.number() })]).default('off') }),
    inject: [EventSpec],
    create: ({ options, rng }, spec) => {
      if (spec.particles.length === 0) throw new UserError('invalid width: there are no particles');
      return new Encoder(options.width, rng);
    },
  }),
]);
`;

/** Copies a package, so that importing it from the project runs another copy of its code. */
function copy(folder: string, ...packages: readonly string[]): void {
  const installed = join(dirname(fileURLToPath(import.meta.resolve('zod/package.json'))), '..');
  for (const name of packages) {
    cpSync(join(installed, name), join(folder, 'node_modules', name), { recursive: true, dereference: true });
  }
}

test('a plugin that has copies of its own of the core, zod and inversify works as any other', async (t) => {
  const folder = project(t, {
    'package.json': '{ "type": "module" }',
    'run.yaml': 'plugins: [./encoder.js]\nconditionEncoder: { kind: sum, width: 4 }\n',
    'wrong.yaml': 'plugins: [./encoder.js]\nconditionEncoder: { kind: sum, widht: 4, gate: { bias: x } }\n',
    'encoder.js': encoderPlugin,
  });
  copy(folder, '@unfold-zoo/core', 'zod', 'inversify', '@inversifyjs', 'reflect-metadata');
  install(folder, '@tensorflow/tfjs-core', 'yaml', 'import-meta-resolve', 'fastest-levenshtein', 'semver');

  await setBackend('cpu');
  const { catalogue, choices, plugins } = await load(folder, 'run.yaml');
  const [only] = catalogue.components('conditionEncoder') as [Component];
  t.not(only.role, ConditionEncoderRole as unknown, 'the plugin must have made its roles with a core of its own');
  const spec = (particles: number) => ({
    name: 'x',
    particles: Array.from({ length: particles }, (_, i) => ({ name: `${i}`, label: `${i}` })),
    inputs: {},
  });
  const made = catalogue.assemble(ConditionEncoderRole, choices, new Rng(1), [service(EventSpec, spec(1))]);
  t.false(made instanceof Module);
  class Outer extends Module {
    constructor(readonly encoder: ConditionEncoder) {
      super();
    }
  }
  t.deepEqual(
    [...new Outer(made).namedParameters()].map(([name, { shape }]) => [name, shape]),
    [
      ['encoder.layer.kernel', [2, 4]],
      ['encoder.layer.bias', [4]],
    ],
  );
  t.is(plugins.at(-1)?.name, 'second-copy');
  t.notThrows(() => new Catalogue(plugins));
  t.deepEqual(await problems(t, folder, 'wrong.yaml'), [
    'wrong.yaml:2:32 conditionEncoder.widht: unknown key "widht", did you mean "width"? known keys: kind, width, gate',
    'wrong.yaml:2:56 conditionEncoder.gate.bias: expected a number, got "x"',
  ]);
  const error = t.throws(() =>
    catalogue.assemble(ConditionEncoderRole, choices, new Rng(1), [service(EventSpec, spec(0))]),
  );
  t.true(isUserError(error));
  t.is(error?.message, 'invalid conditionEncoder.width: there are no particles');
});

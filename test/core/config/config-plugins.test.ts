import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { install, load, problems, project } from './project.js';

const plugin = (name: string, kind: string) => `
import { component, definePlugin, NoiseSchedule } from '@unfold-zoo/core';
import { z } from 'zod';
export default definePlugin({ name: '${name}', version: '2.0.0' }, [
  component(NoiseSchedule, '${kind}', { description: 'x', options: z.object({ slope: z.number().default(1) }), create() {} }),
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

test('plugins are loaded from a package that can only be imported and from a file, and their kinds can be chosen', async (t) => {
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

test('a plugin that a preset names is found from the preset, and --set names one from the working directory', async (t) => {
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
    '--set plugins.1 plugins.1: duplicate plugin "copy.js": local 2.0.0 is already loaded, and copy.js is another copy; remove one',
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
    /^run\.yaml:6:5 plugins\.4: invalid plugin "\.\/future\.js": it speaks plugin interface 99 and this core 1; install/,
    /^run\.yaml:7:5 plugins\.5: invalid plugin "\.\/imports\.js": loading imports\.js failed with Error: Cannot find package '@me\/other'/,
  ];
  t.is(found.length, expected.length);
  for (const [i, pattern] of expected.entries()) t.regex(found[i]!, pattern);
});

test('the list of plugins must be a list of names', async (t) => {
  const folder = project(t, { 'run.yaml': 'plugins: ./local.js\n' });
  t.deepEqual(await problems(t, folder, 'run.yaml'), ['run.yaml:1:10 plugins: expected a list, got "./local.js"']);
});

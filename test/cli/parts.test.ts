import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { install } from '../core/config/project.js';
import { newFolder, refuses, succeeds, unfold } from './unfold.js';

const folder = newFolder();
test.after.always(() => rmSync(folder, { recursive: true }));

const plugin = `
import { component, definePlugin, NoiseSchedule, Sampler } from '@unfold-zoo/core';
import { z } from 'zod';
const options = z.object({
  steepness: z.number().positive().default(6).describe('How steep'),
  ends: z.object({ file: z.string().meta({ path: true }).optional().describe('Where') }).prefault({}),
  count: z.int().min(1).describe('How many'),
});
export default definePlugin({ name: '@me/steep', version: '3.1.4' }, [
  component(NoiseSchedule, 'steep', { description: 'A steep schedule', options, create() {} }),
  component(Sampler, 'steep', {
    description: 'A steep sampler', options: z.object({}), inject: [NoiseSchedule], create() {} }),
]);
`;

test.before(() => {
  install(folder, '@unfold-zoo/core', 'zod');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'steep.js'), plugin);
  // Wrong in other ways, which do not matter to what its plugins offer.
  writeFileSync(join(folder, 'steep.yaml'), 'plugins: [./steep.js]\nschedule: { kind: stepe }\n');
});

async function output(t: ExecutionContext, ...args: readonly string[]): Promise<string> {
  return (await succeeds(t, folder, ...args)).stdout;
}

test.serial('list shows every kind of every role, with those of the plugins of a config', async (t) => {
  const text = await output(t, 'list', '--config', 'steep.yaml');
  for (const role of ['model', 'codec', 'schedule', 'sampler', 'data', 'metrics', 'engine']) {
    t.regex(text, new RegExp(`^${role}$`, 'm'));
  }
  t.regex(text, /^ {2}cosine +The cosine schedule between fixed ends$/m);
  t.regex(text, /^ {2}steep +A steep schedule \(@me\/steep 3\.1\.4\)$/m);
});

test.serial('list of one role shows options with type, default and description', async (t) => {
  const text = await output(t, 'list', 'schedule', '--options', '--plugin', './steep.js');
  t.notRegex(text, /^sampler$/m);
  t.regex(text, /^ {6}steepness +number > 0 +6 +How steep$/m);
  t.regex(text, /^ {6}ends\.file +file +- +Where$/m);
  t.regex(text, /^ {6}count +whole number >= 1 +required +How many$/m);
  await refuses(t, folder, ['list', 'schedul'], /^unknown role "schedul", did you mean "schedule"\?/);
});

test.serial('describe shows a kind in each role that has one, with what it needs', async (t) => {
  const text = await output(t, 'describe', 'steep', '-p', './steep.js');
  t.regex(text, /^schedule: \{ kind: steep \}\n {2}A steep schedule\n {2}from @me\/steep 3\.1\.4\n/m);
  t.regex(text, /^sampler: \{ kind: steep \}\n {2}A steep sampler\n.*\n {2}needs schedule\n/m);
  await refuses(t, folder, ['describe', 'cosin'], /^unknown kind "cosin", did you mean "cosine"\?/);
});

test.serial('schema knows the kinds and options of plugins', async (t) => {
  await succeeds(t, folder, 'schema', '-c', 'steep.yaml', '-o', 'schema.json');
  const { properties } = JSON.parse(readFileSync(join(folder, 'schema.json'), 'utf8'));
  const kinds = properties.schedule.anyOf
    .flatMap((each: { anyOf?: object[] }) => each.anyOf ?? [each])
    .map((each: { properties?: { kind: { const: string } } }) => each.properties?.kind.const);
  t.true(kinds.includes('steep') && kinds.includes('cosine'));
});

test.serial('config check says what a run would, and where each value of the resolved config is from', async (t) => {
  writeFileSync(join(folder, 'wrong.yaml'), 'extends: sample\nschedule: { kind: cosin }\n');
  const check = ['config', 'check', 'wrong.yaml'];
  await refuses(t, folder, check, /^wrong\.yaml:2:19 schedule\.kind: unknown kind "cosin", did you mean "cosine"\?/);
  const run = await unfold(folder, 'train', 'wrong.yaml');
  t.is((await unfold(folder, ...check)).stderr, run.stderr);
  writeFileSync(join(folder, 'right.yaml'), 'extends: sample\nschedule: { kind: cosine }\n');
  const resolved = await output(t, 'config', 'check', 'right.yaml', '--resolved', '-s', 'seed=3');
  t.regex(resolved, /^ {2}kind: cosine # right\.yaml:2:19$/m);
  t.regex(resolved, /^ {2}max: 5 # default$/m);
  t.regex(resolved, /^seed: 3 # --set seed$/m);
});

test.serial('a created config passes its check, trains for two steps and is not written over', async (t) => {
  const parts = ['--codec', 'gaussian', '--schedule', 'cosine', '--part', 'sampler=ddim'];
  await succeeds(t, folder, 'create', 'config', 'made/run.yaml', ...parts);
  const text = readFileSync(join(folder, 'made/run.yaml'), 'utf8');
  t.regex(text, /^# yaml-language-server: \$schema=\.\/unfold\.schema\.json\n/);
  t.true(existsSync(join(folder, 'made/unfold.schema.json')));
  t.regex(
    text,
    /^# The cosine schedule between fixed ends\nschedule:\n {2}kind: cosine\n {2}min: -13\.3 # gamma at t = 0/m,
  );
  const small = [
    'training.steps=2',
    'training.batchSize=4',
    'training.validationEvents=4',
    'conditionEncoder.layers=1',
    'data.train=16',
    'data.validation=8',
    'data.test=8',
  ].flatMap((each) => ['-s', each]);
  await succeeds(t, folder, 'config', 'check', 'made/run.yaml', ...small);
  await succeeds(t, folder, 'train', 'made/run.yaml', '-o', 'made/out', ...small);
  await refuses(t, folder, ['create', 'config', 'made/run.yaml'], /^existing \S+run\.yaml/);
  await refuses(
    t,
    folder,
    ['create', 'config', 'b.yaml', '--codec', 'identiy'],
    /^unknown codec "identiy", did you mean "identity"\?/,
  );
  t.false(existsSync(join(folder, 'b.yaml')));
});

test.serial('a role that is a list may be named in the singular', async (t) => {
  await succeeds(t, folder, 'create', 'plugin', 'one', '--role', 'evaluator');
  t.regex(readFileSync(join(folder, 'one/configs/example.yaml'), 'utf8'), /^evaluators: \[\{ kind: residuals/m);
});

test.serial('a created plugin is whole, named as asked, and never put over other files', async (t) => {
  await succeeds(t, folder, 'create', 'plugin', 'new', '--role', 'sampler', '--name', '@me/midpoint');
  const made = readdirSync(join(folder, 'new'), { recursive: true }).map(String);
  for (const file of [
    'package.json',
    'tsconfig.json',
    '.gitignore',
    'README.md',
    'src/index.ts',
    'src/midpoint.ts',
    'test/conformance.test.ts',
    'configs/example.yaml',
  ]) {
    t.true(made.includes(file), file);
    t.notRegex(readFileSync(join(folder, 'new', file), 'utf8'), /\{\{/, file);
  }
  t.is(JSON.parse(readFileSync(join(folder, 'new/package.json'), 'utf8')).name, '@me/midpoint');
  await refuses(t, folder, ['create', 'plugin', 'new'], /^existing \S+new: the folder is not empty/);
  await refuses(
    t,
    folder,
    ['create', 'plugin', 'other', '--role', 'shedule'],
    /^unknown role shedule, did you mean "schedule"\?/,
  );
  await refuses(t, folder, ['create', 'plugin', 'Not A Name'], /^invalid name Not A Name: expected a package name/);
  t.false(readdirSync(folder).some((name) => /other|Not A Name/.test(name)));
});

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { install, project } from '../core/config/project.js';
import { readBenchmark } from '../docs/configs.js';

const plugin = `
import { component, definePlugin, NoiseSchedule } from '@unfold-zoo/core';
import { z } from 'zod';
const facts = {
  name: '@me/own',
  version: '1.0.0',
  presets: new URL('./presets/', import.meta.url),
  benchmarks: new URL('./benchmarks/', import.meta.url),
};
export default definePlugin(facts, [
  component(NoiseSchedule, 'steep', { description: 'x', options: z.object({}), create() {} }),
]);
`;

const files = {
  'package.json': '{ "type": "module" }',
  'own.js': plugin,
  'presets/own-small.yaml': 'extends: small\nname: steep\nschedule: { kind: steep }\n',
  'benchmarks/pair.yaml': 'data: { kind: ttbar-generator }\nmodels: [{ extends: small }, { extends: own-small }]\n',
  'mine.yaml': 'plugins: [./own.js]\nextends: pair\nname: mine\nmodels: [{ extends: own-small }]\n',
};

interface Plan {
  readonly resolvedYaml: string;
  readonly runs: readonly { readonly model: string; readonly config: { readonly choices: object } }[];
}

const schedules = ({ runs }: Plan) =>
  runs.map(({ config }) => (config.choices as { schedule: { kind: string } }).schedule.kind);

test('a benchmark of a plugin goes by its bare name, and its models by those of presets', async (t) => {
  const folder = project(t, files);
  install(folder, '@unfold-zoo/core', 'zod');
  const named = (await readBenchmark('pair', [`plugins=[${join(folder, 'own.js')}]`])) as Plan;
  t.deepEqual(schedules(named), ['learned', 'steep']);
  const own = (await readBenchmark(join(folder, 'mine.yaml'), [])) as Plan;
  t.deepEqual(schedules(own), ['steep']);
});

test('the resolved benchmark reads the same from another folder', async (t) => {
  const folder = project(t, { ...files, 'elsewhere/keep': '' });
  install(folder, '@unfold-zoo/core', 'zod');
  const plan = (await readBenchmark(join(folder, 'mine.yaml'), [])) as Plan;
  const file = join(folder, 'elsewhere/benchmark.yaml');
  writeFileSync(file, plan.resolvedYaml);
  const again = (await readBenchmark(file, [])) as Plan;
  t.deepEqual(schedules(again), ['steep']);
  t.is(again.resolvedYaml, plan.resolvedYaml);
});

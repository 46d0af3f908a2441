import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchema, loadConfig } from '@unfold-zoo/core/config';
import test from 'ava';
import { load, project, samplePlugin } from './project.js';

const files = {
  'paper.yaml': 'name: base\nschedule: { kind: learned, width: 8 }\nmetrics:\n  - kind: kl\n',
  'run.yaml': [
    'extends: paper',
    'seed: 5',
    'denoiser: { kind: gated, dropout: null }',
    'data: { kind: files, path: events.h5, byName: { a.b: "1" } }',
    'training: { earlyStop: { patience: 3 }, maxMinutes: 7.5 }',
  ].join('\n'),
};

test('the resolved YAML loads, from another folder, to the same config and the same YAML values', async (t) => {
  const folder = project(t, files);
  const first = await load(folder, 'run.yaml', 'metrics.0.bins=9', 'name="1e3"');
  mkdirSync(join(folder, 'runs/1'), { recursive: true });
  writeFileSync(join(folder, 'runs/1/config.yaml'), first.resolvedYaml());
  const second = await load(folder, 'runs/1/config.yaml');
  for (const key of ['choices', 'training', 'seed', 'name'] as const) t.deepEqual(second[key], first[key]);
  const withoutComments = (text: string) => text.replaceAll(/ *#.*/g, '');
  t.is(withoutComments(second.resolvedYaml()), withoutComments(first.resolvedYaml()));
});

test('what a config takes out of the base of every config stays out when its resolved YAML is loaded', async (t) => {
  const folder = project(t, {
    'base.yaml': 'seed: 3\nmetrics: [{ kind: kl }]\ntraining: { maxMinutes: 5, steps: 7 }\n',
    'run.yaml': 'metrics: null\ntraining: { maxMinutes: null }\n',
  });
  const request = { plugins: [samplePlugin], base: join(folder, 'base.yaml') };
  const first = await loadConfig({ ...request, config: join(folder, 'run.yaml') });
  t.deepEqual([first.choices, first.seed, first.training.steps], [{}, 3, 7]);
  t.false('maxMinutes' in first.training);
  writeFileSync(join(folder, 'resolved.yaml'), first.resolvedYaml());
  const second = await loadConfig({ ...request, config: join(folder, 'resolved.yaml') });
  for (const key of ['choices', 'training', 'seed'] as const) t.deepEqual(second[key], first[key]);
});

test('the resolved YAML has every default, the origin of each value, and plugins with versions', async (t) => {
  const folder = project(t, files);
  const yaml = (await load(folder, 'run.yaml', 'training.steps=1000')).resolvedYaml();
  t.true(yaml.includes('@sample/parts 1.2.3'));
  t.true(yaml.includes('  blocks: 3 # default\n'));
  t.true(yaml.includes('  steps: 1000 # --set training.steps\n'));
  t.true(yaml.includes(`seed: 5 # ${folder}/run.yaml:2:7\n`));
  t.true(yaml.includes(`  width: 8 # ${folder}/paper.yaml:2:35\n`));
});

test('provenance tells file and line, flag or default of each value', async (t) => {
  const folder = project(t, files);
  const { provenance } = await load(folder, 'run.yaml', 'metrics.0.bins=9');
  t.is(provenance('seed'), `${folder}/run.yaml:2:7`);
  t.is(provenance('schedule.width'), `${folder}/paper.yaml:2:35`);
  t.is(provenance('metrics.0.kind'), `${folder}/paper.yaml:4:11`);
  t.is(provenance('metrics.0.bins'), '--set metrics.0.bins');
  t.is(provenance('training.adam.beta1'), 'default');
  t.is(provenance('denoiser.gate.bias'), 'default');
  t.is(provenance('sampler'), undefined);
  t.is(provenance('denoiser.nothing.there'), undefined);
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly const?: unknown;
  readonly type?: string;
  readonly required?: unknown;
  readonly description?: string;
  readonly default?: unknown;
}

test('the JSON Schema lists roles, kinds and options with their descriptions, and requires nothing', async (t) => {
  const { catalogue } = await load(project(t, files), 'run.yaml');
  const schema = jsonSchema(catalogue) as Schema;
  const known = [
    'extends',
    'plugins',
    'name',
    'seed',
    'training',
    'scaling',
    'startFrom',
    'ensemble',
    'schedule',
    'denoiser',
    'metrics',
    'data',
  ];
  t.deepEqual(Object.keys(schema.properties!), known);
  const [schedules, absent] = schema.properties!['schedule']!.anyOf!;
  t.is(absent?.type, 'null');
  t.deepEqual(
    schedules?.anyOf?.map(({ properties }) => properties?.['kind']?.const),
    ['learned', 'cosine'],
  );
  const margin = schedules?.anyOf?.[0]?.properties?.['margin'];
  t.deepEqual([margin?.description, margin?.default], ['Distance from the ends', 0.1]);
  t.is(schema.properties!['metrics']!.anyOf![0]!.items!.anyOf!.length, 2);
  t.false(JSON.stringify(schema).includes('"required"'));
});

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTopology, openDraws, samplePath, writeEvents } from '@unfold-zoo/data';
import test, { type ExecutionContext } from 'ava';
import { install } from '../core/config/project.js';
import { same, sampleEvents } from '../fixtures/data/sample-events.js';
import { type Ended, newFolder, refuses, succeeds } from './unfold.js';

const fixture = (name: string): string => fileURLToPath(new URL(`../../fixtures/${name}`, import.meta.url));

const folder = newFolder();
const run = join(folder, 'runs/sample');

test.after.always(() => rmSync(folder, { recursive: true }));

function hasFiles(t: ExecutionContext, directory: string, names: readonly string[]): void {
  for (const name of names) t.true(existsSync(join(directory, name)), name);
}

function hasTables(t: ExecutionContext, { stdout }: Ended): void {
  t.regex(stdout, /^Total distances\n.*\nModel +Wasserstein +Energy +K-S +KL64 +KL128 +KL256\n/ms);
  t.regex(stdout, /^Wasserstein by particle$/m);
  t.regex(stdout, /^Wasserstein by component$/m);
  for (const paper of ['VLD†', 'LDM†', 'CINN†']) t.true(stdout.includes(`\n${paper} `), paper);
}

test.before(async (t) => {
  const { stdout, stderr } = await succeeds(t as ExecutionContext, folder, 'train', 'sample');
  t.is(stdout, '');
  t.regex(stderr, /^trained: 10 steps in /m);
});

test.serial('training leaves the files of a run', (t) => {
  hasFiles(t, run, ['config.yaml', 'scaling.json', 'metrics.jsonl', 'run.log', 'tensorboard']);
  const checkpoint = join(run, 'checkpoints', readFileSync(join(run, 'checkpoints/latest'), 'utf8').trim());
  hasFiles(t, checkpoint, ['weights.safetensors', 'optimizer.safetensors', 'state.json']);
  t.regex(readFileSync(join(run, 'run.log'), 'utf8'), /^\S+ info engine: .*^\S+ info trained: 10 steps/ms);
});

test.serial('sampling writes draws, and evaluating them tables and a report', async (t) => {
  const sampled = await succeeds(t, folder, 'sample', 'runs/sample', '--draws', '2', '--events', '200');
  t.is(sampled.stdout, '');
  t.true(sampled.stderr.includes(`wrote ${join(run, 'draws.h5')} in `));
  t.regex(sampled.stderr, /\nnext: unfold evaluate runs\/sample\n$/);
  const evaluated = await succeeds(t, folder, 'evaluate', 'runs/sample', '--bootstrap', '2');
  hasTables(t, evaluated);
  t.regex(evaluated.stdout, /^Floor /m);
  const report = join(run, 'report');
  hasFiles(t, report, ['index.html', 'tables.md', 'distances.csv', 'distances.json']);
  const figures = readdirSync(join(report, 'figures'));
  t.true(figures.length >= 5 && figures.every((name) => name.endsWith('.svg')), String(figures));
});

test.serial('distances are printed as the JSON that the report holds', async (t) => {
  const { stdout } = await succeeds(t, folder, 'evaluate', 'runs/sample', '--json', '--bootstrap', '2');
  t.deepEqual(JSON.parse(stdout), JSON.parse(readFileSync(join(run, 'report/distances.json'), 'utf8')));
});

const counting = `
import { component, definePlugin, Evaluator } from '@unfold-zoo/core';
import { z } from 'zod';
const evaluate = async ({ events, draws }) => ({ tables: [{
  title: 'Counts',
  heading: 'What',
  columns: [{ label: 'Number', origin: 'model' }],
  rows: [{ label: 'draws', origin: 'model', cells: [String(events * draws)] }],
  notes: [],
}] });
export default definePlugin({ name: 'counting', version: '1.0.0' }, [
  component(Evaluator, 'counting', { description: 'Counts', options: z.object({}), create: () => ({ evaluate }) }),
]);
`;

test.serial('the tables of evaluators are printed, as text and as JSON, and stand in the report', async (t) => {
  install(folder, '@unfold-zoo/core', 'zod');
  writeFileSync(join(folder, 'counting.mjs'), counting);
  const settings = ['--set', 'plugins=[./counting.mjs]', '--set', 'evaluators=[{kind: counting}]'];
  const evaluate = ['evaluate', 'runs/sample', '--bootstrap', '0', ...settings];
  t.regex((await succeeds(t, folder, ...evaluate)).stdout, /^Counts\n(.*\n)*draws +400$/m);
  const printed = JSON.parse((await succeeds(t, folder, ...evaluate, '--json')).stdout);
  const [{ title, rows }] = printed.evaluations;
  t.deepEqual([title, rows[0].cells], ['Counts', ['400']]);
  t.deepEqual(printed, JSON.parse(readFileSync(join(run, 'report/distances.json'), 'utf8')));
});

test.serial('a run and its draws can be inspected', async (t) => {
  const described = await succeeds(t, folder, 'inspect', 'runs/sample');
  t.regex(described.stdout, /model vld, \d+ parameters\n/);
  t.regex(described.stdout, /^checkpoints: .*step-8, step-10$/m);
  t.is(JSON.parse((await succeeds(t, folder, 'inspect', run, '--json')).stdout).state.step, 10);
  const { stdout } = await succeeds(t, folder, 'inspect', join(run, 'draws.h5'), '--json');
  const { events, draws } = JSON.parse(stdout);
  t.deepEqual([events, draws], [200, 2]);
});

test.serial('generated events can be inspected and trained on', async (t) => {
  const generated = await succeeds(t, folder, 'generate', '-o', 'events.h5', '-n', '300', '--seed', '7', '--json');
  const told = generated.stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.like(
    told.findLast(({ event }) => event === 'progress'),
    { done: 300, total: 300, unit: 'events' },
  );
  const { stdout } = await succeeds(t, folder, 'inspect', 'events.h5', '--json');
  t.is(JSON.parse(stdout).inspected, 300);
  const compared = await succeeds(t, folder, 'inspect', samplePath(), '--data', 'events.h5', '--json');
  t.is(JSON.parse(compared.stdout).events.data, 300);
  hasFiles(t, join(folder, 'comparison'), ['index.html', 'tables.md', 'comparison.json']);
  await refuses(
    t,
    folder,
    ['inspect', 'events.h5', '--out', 'x'],
    /unused --out: it is for the comparison with --data/,
  );
  const steps = ['--set', 'training.steps=2', '--set', 'training.fineTune.steps=0'];
  const { stderr } = await succeeds(
    t,
    folder,
    'train',
    'sample',
    '-o',
    'own',
    '--set',
    'data.train=events.h5',
    ...steps,
    '--json',
  );
  const events = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  t.deepEqual(events.at(-1), { event: 'next', command: 'unfold sample own' });
  t.true(events.some(({ event, text }) => event === 'message' && /^trained: 2 steps in /.test(text)));
  t.like(
    events.findLast(({ event }) => event === 'progress'),
    { stage: 'joint', done: 2, total: 2, unit: 'steps' },
  );
  t.true(readFileSync(join(folder, 'own/config.yaml'), 'utf8').includes(join(folder, 'events.h5')));
});

test.serial('draws for parts of the events are joined to those of all, with columns of the input', async (t) => {
  const draw = (out: string, ...range: string[]) =>
    succeeds(t, folder, 'sample', 'runs/sample', '-o', out, '--carry', 'event/process_code', ...range);
  await draw('all.h5', '--start', '2', '--events', '7');
  await draw('late.parquet', '--start', '6', '--events', '3');
  await draw('early.h5', '--start', '2', '--events', '4', '--batch', '3');
  const merged = await succeeds(t, folder, 'merge', 'late.parquet', 'early.h5', '-o', 'merged.h5');
  t.regex(merged.stderr, /wrote the draws of 7 events to .*merged\.h5/);
  const read = async (name: string) => {
    const file = await openDraws(join(folder, name));
    const content = { draws: file.read(0, 7), attributes: file.attributes() };
    file.close();
    return content;
  };
  const [all, joined] = [await read('all.h5'), await read('merged.h5')];
  t.true(same(all, joined));
  t.deepEqual([...all.draws.index], [2, 3, 4, 5, 6, 7, 8]);
  t.is(all.draws.carried?.['process_code']?.length, 7);
  const sample = ['sample', 'runs/sample', '-o', 'x.h5'];
  await refuses(t, folder, [...sample, '--carry', 'event/run'], /missing \/event\/run in .*it is to be carried along/);
  await refuses(t, folder, [...sample, '--start', '9999'], /^invalid --start: 9999; the test split has \d+ events/m);
  await refuses(t, folder, ['sample', 'runs/sample', '-o', 'x.root'], /^unwritable .*x\.root: ROOT files are read/m);
  await refuses(t, folder, ['evaluate', 'runs/sample', '--draws', 'late.parquet'], /unfold convert .* draws\.h5/);
  await refuses(t, folder, ['merge', 'early.h5', 'all.h5', '-o', 'x.h5'], /^duplicate events 2 to 5: /m);
});

test.serial('events unlike those that a model was trained on are told before it draws for them', async (t) => {
  const topology = loadTopology('semileptonic-ttbar');
  const { groups, ...raw } = await sampleEvents(0, 400);
  const { met, ...rest } = groups['met']!;
  const louder = { ...rest, met: Float64Array.from(met as ArrayLike<number>, (value) => 2 * value) };
  await writeEvents(join(folder, 'louder.h5'), topology, [{ ...raw, groups: { ...groups, met: louder } }]);
  const warned = async (...set: string[]) => {
    const { stderr } = await succeeds(t, folder, 'sample', 'runs/sample', '-o', 'y.h5', '--force', ...set);
    return /the test events are unlike those .*: (\S+) differs most/.exec(stderr)?.[1];
  };
  t.is(await warned('--set', 'data.test=louder.h5', '--events', '2'), 'met.met');
  t.is(await warned('--events', '2'), undefined);
});

test.serial('a file is converted, which says what is lost, and trains as the one that it was', async (t) => {
  const [parquet, mapping] = [fixture('tables/nanoaod-top-pairs.parquet'), join(folder, 'nanoaod-mapping.yaml')];
  const document = readFileSync(new URL('../../../docs/files.md', import.meta.url), 'utf8');
  writeFileSync(mapping, /```yaml\n(# nanoaod-mapping\.yaml\n[\s\S]*?)```/.exec(document)![1]!);
  const convert = ['convert', parquet, 'top-pairs.h5', '--mapping', mapping];
  const { stderr } = await succeeds(t, folder, ...convert);
  t.regex(stderr, /^warn: 3 of 43 events of .*nanoaod-top-pairs\.parquet are not selected$/m);
  t.regex(stderr, /wrote 40 events to .*top-pairs\.h5/);
  await refuses(t, folder, convert, /^existing .*top-pairs\.h5: .*--force/m);
  await succeeds(t, folder, 'convert', 'top-pairs.h5', 'some.npz', '--start', '30', '--events', '5');
  const { stdout } = await succeeds(t, folder, 'inspect', 'some.npz', '--topology', 'semileptonic-ttbar', '--json');
  t.is(JSON.parse(stdout).inspected, 5);
  await refuses(t, folder, ['convert', 'some.npz', 'x.h5', '--start', '5'], /^invalid --start: 5; there are 5 events/m);
  await refuses(t, folder, ['convert', 'all.h5', 'x.npz', '--start', '1'], /^unused --start: .* holds draws/m);
  await refuses(t, folder, ['convert', parquet, 'x.h5'], /partons\/momenta|give it a mapping/);
});

test.serial('one command trains, samples and evaluates', async (t) => {
  const ended = await succeeds(t, folder, 'run', 'sample', '-o', 'whole', '--events', '100');
  hasTables(t, ended);
  hasFiles(t, join(folder, 'whole'), ['checkpoints/latest', 'draws.h5', 'report/index.html']);
});

test.serial('the doctor reports on this machine', async (t) => {
  const { stdout } = await succeeds(t, folder, 'doctor', '--json');
  const { cores, findings } = JSON.parse(stdout);
  t.true(cores >= 1 && findings.length > 0);
});

test.serial('help names every command', async (t) => {
  const { stdout } = await succeeds(t, folder, '--help');
  for (const command of [
    'run',
    'train',
    'sample',
    'evaluate',
    'posterior',
    'generate',
    'convert',
    'merge',
    'inspect',
    'doctor',
  ]) {
    t.regex(stdout, new RegExp(`^  ${command} `, 'm'));
  }
});

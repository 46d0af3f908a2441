import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { install } from '../core/config/project.js';
import { type Ended, newFolder, succeeds } from './unfold.js';

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
  await succeeds(t, folder, 'generate', '-o', 'events.h5', '-n', '300', '--seed', '7');
  const { stdout } = await succeeds(t, folder, 'inspect', 'events.h5', '--json');
  t.is(JSON.parse(stdout).inspected, 300);
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
  );
  t.regex(stderr, /^trained: 2 steps in /m);
  t.true(readFileSync(join(folder, 'own/config.yaml'), 'utf8').includes(join(folder, 'events.h5')));
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
  for (const command of ['run', 'train', 'sample', 'evaluate', 'posterior', 'generate', 'inspect', 'doctor']) {
    t.regex(stdout, new RegExp(`^  ${command} `, 'm'));
  }
});

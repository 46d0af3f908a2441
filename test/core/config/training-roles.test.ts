import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@unfold-zoo/core';
import { type Config, chosenTraining, corePlugin, loadConfig, trainingRoles } from '@unfold-zoo/core/config';
import { optionRows } from '@unfold-zoo/core/options';
import { oneCycleRate, trainingOptions } from '@unfold-zoo/core/training';
import test, { type ExecutionContext } from 'ava';
import { project } from './project.js';

const files = {
  'flat.yaml':
    'training: { learningRate: 3.0e-3, warmupSteps: 10, decay: cosine, fineTune: { steps: 5 }, ' +
    'adam: { beta1: 0.8 } }\n',
  'rates.yaml': 'learningRate: { kind: warm-up, steps: 10, next: { kind: cosine, peak: 3.0e-3 } }\n',
};

/** Loads a config that extends another of these files. */
function load(t: ExecutionContext, text: string, ...overrides: readonly string[]): Promise<Config> {
  const folder = project(t, { ...files, 'run.yaml': text });
  return loadConfig({ config: join(folder, 'run.yaml'), overrides, plugins: [corePlugin] });
}

/** The lines of the error, without the folder. */
async function problems(t: ExecutionContext, text: string, ...overrides: readonly string[]): Promise<string[]> {
  const error = await t.throwsAsync(load(t, text, ...overrides), { name: 'UserError' });
  return (error?.message ?? '').replaceAll(/[^\s(]*\/(?=(run|flat|rates)\.yaml)/g, '').split('\n');
}

test('a learning rate in a config may hold another, to any depth, each completed with its defaults', async (t) => {
  const text =
    'learningRate: { kind: warm-up, steps: 2, next: { kind: warm-up, steps: 3, next: { kind: one-cycle } } }\n';
  const config = await load(t, text);
  const { learningRate, optimiser } = chosenTraining(config, new Rng(0));
  const cycle = oneCycleRate({ peak: 5e-4, rise: 0.3, startDivisor: 25, endDivisor: 1e4 });
  for (const step of [5, 20, 99]) t.is(learningRate?.at(step, 100), cycle.at(step - 5, 95));
  t.is(optimiser, undefined);
  t.deepEqual(
    trainingRoles(config).map(({ key }) => key),
    ['learningRate'],
  );
});

test('what is wrong inside a nested choice is told with its place and the nearest name', async (t) => {
  const nested = (next: string) => `learningRate:\n  kind: warm-up\n  steps: 2\n  next: ${next}\n`;
  t.deepEqual(await problems(t, nested('{ kind: cosin }')), [
    'run.yaml:4:17 learningRate.next.kind: unknown kind "cosin", did you mean "cosine"? ' +
      'known kinds: constant, cosine, one-cycle, warm-up',
  ]);
  t.deepEqual(await problems(t, nested('{ kind: cosine, peek: 1 }')), [
    'run.yaml:4:25 learningRate.next.peek: unknown key "peek", did you mean "peak"? known keys: kind, peak, final',
  ]);
  t.deepEqual(await problems(t, nested('{ kind: warm-up, steps: 0, next: { kind: constant, rate: -1 } }')), [
    'run.yaml:4:33 learningRate.next.steps: expected at least 1, got 0',
    'run.yaml:4:66 learningRate.next.next.rate: expected more than 0, got -1',
  ]);
  t.deepEqual(await problems(t, 'learningRate: { kind: warm-up, steps: 2 }\n'), [
    'run.yaml:1:1 learningRate.next: missing, expected a map of keys',
  ]);
});

test('--set reaches into a nested choice, and another kind drops the options of the old', async (t) => {
  const extended = 'extends: ./rates.yaml\n';
  const peak = await load(t, extended, 'learningRate.next.peak=0.01');
  t.like(peak.choices['learningRate'], { steps: 10, next: { kind: 'cosine', peak: 0.01, final: 0 } });
  const kind = await load(t, extended, 'learningRate.next.kind=constant');
  t.deepEqual(kind.choices['learningRate'], { kind: 'warm-up', steps: 10, next: { kind: 'constant', rate: 5e-4 } });
});

test('a role takes the place of the keys of training that a config below it set', async (t) => {
  const untouched = trainingOptions.parse({});
  for (const config of [
    await load(t, 'extends: ./flat.yaml\nlearningRate: { kind: cosine }\n'),
    await load(t, 'extends: ./flat.yaml\n', 'learningRate.kind=cosine'),
  ]) {
    t.deepEqual(config.training, { ...untouched, adam: { ...untouched.adam, beta1: 0.8 } });
    t.false(config.resolvedYaml().includes('warmupSteps'));
  }
  const both = await load(t, 'extends: ./flat.yaml\noptimiser: { kind: lion }\n');
  t.deepEqual(both.training.adam, untouched.adam);
  t.is(both.training.warmupSteps, 10);
});

test('a null in place of the role leaves the keys of training as they were', async (t) => {
  for (const config of [
    await load(t, 'extends: ./flat.yaml\nlearningRate: null\n'),
    await load(t, 'extends: ./flat.yaml\n', 'learningRate=null'),
  ]) {
    t.is(config.training.learningRate, 3e-3);
    t.deepEqual(chosenTraining(config, new Rng(0)), {});
  }
});

test('keys of training beside the role that takes their place are refused, with both places', async (t) => {
  const advice = "remove one of them, or set learningRate to null to undo a preset's";
  t.deepEqual(
    await problems(t, 'learningRate: { kind: cosine }\ntraining: { decay: cosine, fineTune: { steps: 3 } }\n'),
    [
      `run.yaml:2:13 training.decay: set beside learningRate (run.yaml:1:15), which takes its place; ${advice}`,
      `run.yaml:2:28 training.fineTune: set beside learningRate (run.yaml:1:15), which takes its place; ${advice}`,
    ],
  );
  t.deepEqual(
    await problems(t, 'learningRate: { kind: cosine }\ntraining: { stages: { joint: { learningRate: 0.1 } } }\n'),
    [
      'run.yaml:2:32 training.stages.joint.learningRate: set beside learningRate (run.yaml:1:15), which takes its ' +
        `place; ${advice}`,
    ],
  );
  t.deepEqual(await problems(t, 'extends: ./rates.yaml\n', 'training.learningRate=0.1'), [
    `--set training.learningRate: set beside learningRate (rates.yaml:1:15), which takes its place; ${advice}`,
  ]);
});

test('the resolved YAML of a config with these roles loads to the same config', async (t) => {
  const folder = project(t, { ...files, 'run.yaml': 'extends: ./rates.yaml\noptimiser: { kind: adamw }\n' });
  const plugins = [corePlugin];
  const first = await loadConfig({ config: join(folder, 'run.yaml'), plugins });
  mkdirSync(join(folder, 'run'));
  writeFileSync(join(folder, 'run/config.yaml'), first.resolvedYaml());
  const second = await loadConfig({ config: join(folder, 'run/config.yaml'), plugins });
  for (const key of ['choices', 'training', 'seed'] as const) t.deepEqual(second[key], first[key]);
  t.is(second.resolvedYaml().replaceAll(/ *#.*/g, ''), first.resolvedYaml().replaceAll(/ *#.*/g, ''));
});

test('a table of options says of a nested choice what it takes', async (t) => {
  const { catalogue } = await load(t, 'seed: 1\n');
  const warmUp = catalogue.components('learningRate').find(({ kind }) => kind === 'warm-up')!;
  t.like(optionRows(warmUp.options).at(-1), { name: 'next', type: 'another learningRate', isRequired: true });
});

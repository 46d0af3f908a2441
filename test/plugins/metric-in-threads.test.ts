import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { component, definePlugin, type EventSpec, Metric, Rng } from '@unfold-zoo/core';
import { loadConfig } from '@unfold-zoo/core/config';
import { QUANTITIES } from '@unfold-zoo/core/events';
import metricsPlugin, { evaluateModels, type ModelsEvaluation, partonColumns } from '@unfold-zoo/metrics';
import test, { type ExecutionContext } from 'ava';
import { z } from 'zod';
import { install, project } from '../core/config/project.js';

const plugin = `
import { isMainThread } from 'node:worker_threads';
import { component, definePlugin, Metric, UserError } from '@unfold-zoo/core';
import { z } from 'zod';

const mean = ({ values, weights }) => {
  let [sum, total] = [0, 0];
  for (const [i, value] of values.entries()) {
    const weight = weights ? weights[i] : 1;
    sum += weight * value;
    total += weight;
  }
  return sum / total;
};

export default definePlugin({ name: 'own-metrics', version: '1.0.0' }, [
  component(Metric, 'means', {
    description: 'Difference of means, times a number',
    options: z.object({ times: z.number() }),
    create: ({ options, rng }) => {
      const factor = options.times * (1 + rng.uniform());
      return { label: 'Means', distance: (a, b) => factor * Math.abs(mean(a) - mean(b)) };
    },
  }),
  component(Metric, 'on-main-thread', {
    description: 'Whether the main thread computes it',
    options: z.object({}),
    create: () => ({ label: 'On main', distance: () => Number(isMainThread) }),
  }),
  component(Metric, 'failing', {
    description: 'Fails where it runs',
    options: z.object({ mistake: z.boolean() }),
    create: ({ options }) => ({
      label: 'Failing',
      distance: () => {
        const message = isMainThread ? 'on main' : 'in a thread';
        throw options.mistake ? new UserError(message) : new TypeError(message);
      },
    }),
  }),
]);
`;

const spec: EventSpec = { name: 'test', particles: ['top', 'w'].map((name) => ({ name, label: name })), inputs: {} };

function partons(name: string, mean: number) {
  const rng = new Rng(4).fork(name);
  const size = 200 * spec.particles.length * QUANTITIES.length;
  return partonColumns(
    spec,
    Float32Array.from({ length: size }, () => mean + rng.normal()),
  );
}

/** An evaluation with the metrics of a config that loads the plugin from a temporary folder. */
async function evaluationOf(t: ExecutionContext, metrics: string) {
  const folder = project(t, {
    'package.json': '{ "type": "module" }',
    'metrics.js': plugin,
    'run.yaml': `plugins: [./metrics.js]\nmetrics: ${metrics}\n`,
  });
  install(folder, '@unfold-zoo/core', 'zod');
  const { catalogue, choices, seed, pluginFiles } = await loadConfig({
    config: join(folder, 'run.yaml'),
    plugins: [metricsPlugin],
  });
  const evaluation: ModelsEvaluation = {
    spec,
    truth: partons('truth', 0),
    models: [{ label: 'model', predicted: partons('model', 0.2) }],
    metrics: catalogue.assembleAll(Metric, choices, new Rng(seed).fork('evaluation')),
    metricAssembly: { plugins: pluginFiles, choices, seed, stream: 'evaluation' },
    bootstrap: { replicas: 3 },
    rng: new Rng(1),
    onWarning: (message) => t.fail(message),
  };
  return { folder, evaluation };
}

test("a plugin's metric is computed in the threads, among metrics that come along", async (t) => {
  const { evaluation } = await evaluationOf(t, '[{ kind: on-main-thread }, { kind: ks }]');
  const totals = async (threads: number) =>
    (await evaluateModels({ ...evaluation, threads }))[0]!.report.distances.totals.map(({ value }) => value);
  const [alone, threaded] = [await totals(1), await totals(2)];
  t.is(alone[0], spec.particles.length * 8);
  t.is(threaded[0], 0);
  t.is(threaded[1], alone[1]);
});

test("a plugin's metric has its options and its random numbers in every thread", async (t) => {
  const { evaluation } = await evaluationOf(t, '[{ kind: energy }, { kind: means, times: 3 }, { kind: ks }]');
  const alone = await evaluateModels(evaluation);
  for (const threads of [2, 3]) t.deepEqual(await evaluateModels({ ...evaluation, threads }), alone);
});

test('a metric that threads cannot assemble is computed by the calling one, and the reason is said', async (t) => {
  const { evaluation, folder } = await evaluationOf(t, '[{ kind: means, times: 2 }, { kind: wasserstein }]');
  const alone = await evaluateModels(evaluation);
  const told: string[] = [];
  const inThreads = { ...evaluation, threads: 2, onWarning: (message: string) => void told.push(message) };
  const { metricAssembly: _, ...unknown } = inThreads;
  t.deepEqual(await evaluateModels(unknown), alone);
  writeFileSync(join(folder, 'metrics.js'), 'throw new Error("gone");');
  t.deepEqual(await evaluateModels(inThreads), alone);
  t.is(told.length, 2);
  t.regex(told[0]!, /^one thread alone computes Means, which may take long: it is not known which plugin/);
  t.regex(told[1]!, /^one thread alone computes Means, .*: invalid plugin ".*metrics\.js": .*gone/);
});

test('an error in a thread is that of the evaluation', async (t) => {
  for (const name of ['UserError', 'TypeError']) {
    const { evaluation } = await evaluationOf(t, `[{ kind: failing, mistake: ${name === 'UserError'} }]`);
    await t.throwsAsync(evaluateModels({ ...evaluation, threads: 2 }), { message: 'in a thread', name });
  }
});

test('a metric whose plugin is no file is computed by the calling thread', async (t) => {
  const here = definePlugin({ name: 'here', version: '1.0.0' }, [
    component(Metric, 'zero', {
      description: 'Always zero',
      options: z.object({}),
      create: () => ({ label: 'Zero', distance: () => 0 }),
    }),
  ]);
  const folder = project(t, { 'run.yaml': 'metrics: [{ kind: zero }]\n' });
  const { catalogue, choices, seed, pluginFiles } = await loadConfig({
    config: join(folder, 'run.yaml'),
    plugins: [metricsPlugin, here],
  });
  const told: string[] = [];
  const [model] = await evaluateModels({
    spec,
    truth: partons('truth', 0),
    models: [{ label: 'model', predicted: partons('model', 0.2) }],
    metrics: catalogue.assembleAll(Metric, choices, new Rng(seed)),
    metricAssembly: { plugins: pluginFiles, choices, seed, stream: 'evaluation' },
    threads: 2,
    rng: new Rng(1),
    onWarning: (message) => void told.push(message),
  });
  t.is(model!.report.distances.totals[0]!.value, 0);
  t.regex(told.join(), /^one thread alone computes Zero, .*: unknown metrics: "zero"; expected one of/);
});

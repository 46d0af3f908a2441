import { type EventSpec, type Metric, Rng, type SortedSample } from '@unfold-zoo/core';
import { QUANTITIES } from '@unfold-zoo/core/events';
import {
  defaultMetrics,
  evaluateDistances,
  evaluateModels,
  klMetric,
  klRules,
  type ModelsEvaluation,
  type PartonColumns,
  partonColumns,
  ScratchColumns,
  ScratchFile,
  wassersteinMetric,
} from '@unfold-zoo/metrics';
import test from 'ava';

const spec: EventSpec = {
  name: 'test',
  particles: ['top', 'w', 'b'].map((name) => ({ name, label: name.toUpperCase() })),
  inputs: {},
};

function partons(name: string, count: number, mean = 0): PartonColumns {
  const rng = new Rng(21).fork(name);
  const size = count * spec.particles.length * QUANTITIES.length;
  return partonColumns(
    spec,
    Float32Array.from({ length: size }, () => mean + rng.normal()),
  );
}

const truth = partons('truth', 300);
const near = partons('near', 300, 0.1);
const far = partons('far', 300, 0.5);
const evaluation: ModelsEvaluation = {
  spec,
  truth,
  models: [
    { label: 'near', predicted: near },
    { label: 'far', predicted: far },
  ],
  floor: partons('floor', 500),
  // No multiple of the four replicas that are computed together.
  bootstrap: { replicas: 7 },
  rng: new Rng(3),
};
const broken: PartonColumns = { ...near, column: () => new Float64Array(300).fill(Number.POSITIVE_INFINITY) };

test('results do not depend on the number of threads', async (t) => {
  const alone = await evaluateModels({ ...evaluation, threads: 1 });
  for (const threads of [2, 3]) t.deepEqual(await evaluateModels({ ...evaluation, threads }), alone);
});

test('results do not depend on whether the replicas lie in a file', async (t) => {
  const weights = Float64Array.from({ length: 300 }, (_, i) => 0.5 + (i % 4));
  const weighted = { ...evaluation, truth: { ...truth, weights } };
  const mean = ({ values, weights }: SortedSample) =>
    values.reduce((sum, value, i) => sum + value * (weights?.[i] ?? 1), 0) / values.length;
  const ofPlugin: Metric = { label: 'mean', distance: (a, b) => Math.abs(mean(a) - mean(b)) };
  const metrics = [...defaultMetrics, ofPlugin];
  for (const each of [evaluation, weighted, { ...weighted, metrics }])
    t.deepEqual(await evaluateModels({ ...each, largestArray: 1000 }), await evaluateModels(each));
  t.deepEqual(
    evaluateDistances({ ...evaluation, predicted: near, largestArray: 1000 }),
    evaluateDistances({ ...evaluation, predicted: near }),
  );
});

test('partons in a scratch file are those that were put there', (t) => {
  const rng = new Rng(4);
  const width = spec.particles.length * QUANTITIES.length;
  const rows = Float32Array.from({ length: 7 * width }, () => rng.normal());
  using file = new ScratchFile();
  const stored = new ScratchColumns(file, spec, 7);
  stored.add(rows.subarray(0, 4 * width), 0);
  stored.add(rows.subarray(4 * width), 4);
  const columns = partonColumns(spec, rows);
  for (const [particle] of spec.particles.entries())
    for (const quantity of QUANTITIES)
      t.deepEqual(stored.columns().column(particle, quantity), columns.column(particle, quantity));
});

test('event weights and independent samples give the same results in threads', async (t) => {
  const weights = Float64Array.from({ length: 300 }, (_, i) => 0.5 + (i % 4));
  const weighted: ModelsEvaluation = {
    ...evaluation,
    truth: { ...truth, weights },
    models: [{ label: 'near', predicted: { ...near, weights } }],
    bootstrap: { replicas: 6, pairing: 'independent' },
  };
  t.deepEqual(await evaluateModels({ ...weighted, threads: 2 }), await evaluateModels(weighted));
});

test('several models at once are each what they are alone', async (t) => {
  const reports = await evaluateModels(evaluation);
  t.deepEqual(
    reports.map(({ label }) => label),
    ['near', 'far'],
  );
  for (const [i, { predicted }] of evaluation.models.entries()) {
    const { models: _, ...common } = evaluation;
    t.deepEqual(reports[i]!.report, evaluateDistances({ ...common, predicted }));
  }
});

test("a replica's distance is that of its events, repeated as often as they were drawn", async (t) => {
  // A plugin's metric is given each replica as weights, and so computes what the merged passes should have.
  const plugin = (): typeof metric => ({ ...metric, label: 'plugin' });
  const metric = wassersteinMetric();
  for (const pairing of ['paired', 'independent'] as const) {
    const weights = Float64Array.from({ length: 300 }, (_, i) => 0.5 + (i % 3));
    for (const sample of [truth, { ...truth, weights }]) {
      const reports = await evaluateModels({
        ...evaluation,
        truth: sample,
        metrics: [metric, plugin()],
        bootstrap: { replicas: 9, pairing },
        threads: 2,
        onWarning: () => {},
      });
      const { report } = reports[0]!;
      for (const { totalReplicas } of [report.distances, report.floor!])
        for (const [r, total] of totalReplicas[0]!.entries())
          t.true(Math.abs(total - totalReplicas[1]![r]!) <= 1e-10 * total);
    }
  }
});

test("a replica's weights are whole numbers that add up to the number of events", async (t) => {
  const sums: number[] = [];
  const spy = {
    label: 'sum',
    distance: ({ weights }: SortedSample): number => {
      if (weights) sums.push(weights.reduce((sum, weight) => sum + weight, 0));
      return 0;
    },
  };
  await evaluateModels({ ...evaluation, metrics: [spy] });
  t.deepEqual([...new Set(sums)], [300]);
});

test('KL errors agree with the scatter over independent samples where bins are well filled', (t) => {
  // Densities 1 and 1/2 + x between 0 and 1, at least 60 events a bin. 40 independent pairs of samples give the true
  // scatter to 1 / sqrt(2 x 39) = 11 %, 200 replicas each error to 5 %: a factor 1.5 is more than three of both.
  const one: EventSpec = { ...spec, particles: spec.particles.slice(0, 1) };
  const metrics = [klMetric(klRules.parse({ bins: 16 }))];
  const sloped = (name: string, slope: number): PartonColumns => {
    const rng = new Rng(9).fork(name);
    // The inverse of (1 - slope / 2) x + slope x^2 / 2.
    const [a, b] = [slope / 2, 1 - slope / 2];
    const values = Float64Array.from({ length: 2000 }, () => {
      const u = rng.uniform();
      return (2 * u) / (b + Math.sqrt(b * b + 4 * a * u));
    });
    return { count: 2000, column: () => values };
  };
  const masses = Array.from({ length: 40 }, (_, i) => {
    const report = evaluateDistances({
      spec: one,
      truth: sloped(`truth ${i}`, 0),
      predicted: sloped(`predicted ${i}`, 1),
      metrics,
      bootstrap: { replicas: i === 0 ? 200 : 0, pairing: 'independent' },
      rng: new Rng(1),
    });
    return report.distances.cells[0]![0]![0]!;
  });
  const values = masses.map(({ value }) => value);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const scatter = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
  const ratio = masses[0]!.error! / scatter;
  t.true(ratio > 1 / 1.5 && ratio < 1.5, `bootstrap error over scatter: ${ratio}`);
});

test('a model with numbers that are not finite is left out if the caller says so, else an error', async (t) => {
  const models = [...evaluation.models, { label: 'broken', predicted: broken }];
  const problem = /^invalid broken mass of TOP: value 0 is Infinity/;
  for (const threads of [1, 2]) {
    await t.throwsAsync(evaluateModels({ ...evaluation, models, threads }), { name: 'UserError', message: problem });
    const told: [string, string][] = [];
    const onInvalid = (label: string, { message }: Error): unknown => told.push([label, message]);
    const reports = await evaluateModels({ ...evaluation, models, threads, onInvalid });
    t.deepEqual(reports, await evaluateModels(evaluation));
    t.is(told.length, 1);
    t.is(told[0]![0], 'broken');
    t.regex(told[0]![1], problem);
  }
});

test('a truth with numbers that are not finite is an error in any case', async (t) => {
  const truth = { ...broken };
  await t.throwsAsync(evaluateModels({ ...evaluation, truth, onInvalid: () => {} }), { message: /^invalid true mass/ });
});

test('bad lists of models and threads are refused', async (t) => {
  const [model] = evaluation.models;
  const pairing = 'independent' as const;
  const cases: [Partial<ModelsEvaluation>, RegExp][] = [
    [{ models: [] }, /^missing models/],
    [{ models: [model!, model!] }, /^duplicate models: "near"/],
    [
      { models: [model!, { label: 'few', predicted: partons('few', 20) }], bootstrap: { pairing } },
      /^invalid few partons: expected 300 events, as many as of near, got 20/,
    ],
    [{ threads: 0 }, /^invalid threads/],
  ];
  for (const [options, message] of cases)
    await t.throwsAsync(evaluateModels({ ...evaluation, ...options }), { name: 'UserError', message });
});

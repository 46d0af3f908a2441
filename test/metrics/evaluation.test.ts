import { type EventSpec, Rng, type SortedSample } from '@unfold-zoo/core';
import { QUANTITIES } from '@unfold-zoo/core/events';
import {
  defaultMetrics,
  evaluateDistances,
  kinematicQuantity,
  type ModelDistances,
  type PartonColumns,
  particleMomenta,
  partonColumns,
  sortedSample,
  wassersteinMetric,
} from '@unfold-zoo/metrics';
import {
  distancesCsv,
  distancesJson,
  markdownTable,
  PUBLISHED_COMPONENTS,
  PUBLISHED_MODELS,
  PUBLISHED_PARTICLES,
  PUBLISHED_TOTALS,
  paperTables,
  terminalTable,
  totalsTable,
} from '@unfold-zoo/report';
import test from 'ava';

const PAPER_PARTICLES = Object.keys(PUBLISHED_PARTICLES['Wasserstein']!);

function specOf(...names: string[]): EventSpec {
  return { name: 'test', particles: names.map((name) => ({ name, label: name.toUpperCase() })), inputs: {} };
}

const one = specOf('top');
const two = specOf('top', 'w');

/** Gaussian columns; particles share a part of each event, so their quantities are correlated. */
function gaussianPartons(spec: EventSpec, count: number, name: string, mean = 0): PartonColumns {
  const rng = new Rng(11).fork(name);
  const width = spec.particles.length * QUANTITIES.length;
  const partons = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    const common = rng.normal();
    for (let column = 0; column < width; column++) partons[i * width + column] = mean + common + 0.5 * rng.normal();
  }
  return partonColumns(spec, partons);
}

const truth = gaussianPartons(two, 400, 'truth');
const predicted = gaussianPartons(two, 400, 'predicted', 0.3);
const floor = gaussianPartons(two, 700, 'floor');

function evaluate(options: Partial<Parameters<typeof evaluateDistances>[0]> = {}) {
  return evaluateDistances({
    spec: two,
    truth,
    predicted,
    bootstrap: { replicas: 8 },
    rng: new Rng(5),
    floor,
    ...options,
  });
}

test('cells are the metrics of single columns', (t) => {
  const { distances, quantities, metrics } = evaluate({ bootstrap: { replicas: 0 } });
  t.deepEqual(metrics, ['Wasserstein', 'Energy', 'K-S', 'KL64', 'KL128', 'KL256']);
  for (const [p] of two.particles.entries())
    for (const [q, quantity] of quantities.entries()) {
      const [u, v] = [truth, predicted].map((columns) =>
        sortedSample(kinematicQuantity(particleMomenta(columns, p), quantity)),
      );
      for (const [m, metric] of defaultMetrics.entries())
        t.deepEqual(distances.cells[m]![p]![q], { value: metric.distance(u!, v!) });
    }
});

test('totals are the sums of cells, by particle and by component', (t) => {
  const { distances, floor } = evaluate();
  const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-12 * Math.abs(b);
  for (const table of [distances, floor!])
    for (const [m, cells] of table.cells.entries()) {
      const sum = (values: readonly { value: number }[]): number =>
        values.reduce((total, { value }) => total + value, 0);
      t.true(close(table.totals[m]!.value, sum(cells.flat())));
      t.true(close(sum(table.particles[m]!), table.totals[m]!.value));
      t.true(close(sum(table.components[m]!), table.totals[m]!.value));
    }
});

test('the report survives JSON, and the same seed gives the same report', (t) => {
  const report = evaluate();
  t.deepEqual(JSON.parse(JSON.stringify(report)), report);
  t.deepEqual(evaluate(), report);
});

test('predictions equal to the truth are at no distance, in every replica', (t) => {
  const { distances } = evaluate({ predicted: truth });
  t.deepEqual(
    distances.totals,
    distances.totals.map(() => ({ value: 0, error: 0 })),
  );
});

test('the bootstrap error of a mean shift is the standard error of the mean', (t) => {
  // For samples far apart the Wasserstein distance is the difference of means: its error is sqrt(1/n + 1/n), and the
  // spread of 400 replicas is known to 1 / sqrt(2 x 400) = 3.5 % of itself. Five of these are allowed.
  const n = 1000;
  const column = (name: string, mean: number): PartonColumns => {
    const rng = new Rng(2).fork(name);
    const values = Float64Array.from({ length: n }, () => mean + rng.normal());
    return { count: n, column: () => values };
  };
  const report = evaluateDistances({
    spec: one,
    truth: column('a', 0),
    predicted: column('b', 20),
    metrics: [wassersteinMetric()],
    bootstrap: { replicas: 400, pairing: 'independent' },
    rng: new Rng(1),
  });
  const { error } = report.distances.cells[0]![0]![report.quantities.indexOf('mass')]!;
  // The two samples' own variances differ from 1 by about sqrt(2 / n).
  const tolerance = 5 / Math.sqrt(800) + 2 * Math.sqrt(2 / n);
  t.true(Math.abs(error! / Math.sqrt(2 / n) - 1) < tolerance, `error ${error}`);
});

test('errors of sums know that their terms vary together', (t) => {
  // Mass, px, py and pz are the same column: the error of each component's sum over two particles is twice that of one.
  const rng = new Rng(4);
  const same = Float64Array.from({ length: 300 }, () => rng.normal());
  const shifted = same.map((x) => 3 * x + 40);
  const report = evaluateDistances({
    spec: two,
    truth: { count: 300, column: () => same },
    predicted: { count: 300, column: () => shifted },
    metrics: [wassersteinMetric()],
    bootstrap: { replicas: 20 },
    rng: new Rng(6),
  });
  const [cell, sum] = [report.distances.cells[0]![0]![0]!, report.distances.components[0]![0]!];
  t.true(Math.abs(sum.error! - 2 * cell.error!) < 1e-12);
});

test('paired replicas draw truth and predictions together', (t) => {
  // A constant shift of the same events does not vary when events are drawn in pairs.
  const rng = new Rng(4);
  const same = Float64Array.from({ length: 300 }, () => rng.normal());
  const shifted = same.map((x) => x + 2);
  const errorOf = (pairing: 'paired' | 'independent'): number =>
    evaluateDistances({
      spec: one,
      truth: { count: 300, column: () => same },
      predicted: { count: 300, column: () => shifted },
      metrics: [wassersteinMetric()],
      bootstrap: { replicas: 20, pairing },
      rng: new Rng(6),
    }).distances.cells[0]![0]![0]!.error!;
  t.true(errorOf('paired') < 1e-12);
  t.true(errorOf('independent') > 0.02);
});

test('the floor falls as one over the root of the number of events', (t) => {
  // W of two samples of n events scatters by 0.4 of its mean. Averaged over 22 independent columns and 16 times the
  // events, the ratio is 4 within 4 x 0.4 x sqrt(2 / 22) = 0.5; three of these are allowed.
  const spec = specOf(...Array.from({ length: 22 }, (_, i) => `p${i}`));
  const floorOf = (count: number): number => {
    const independent = (name: string): PartonColumns => ({
      count,
      column: (particle, quantity) => {
        const rng = new Rng(8).fork(`${name} ${particle} ${quantity}`);
        return Float64Array.from({ length: count }, () => rng.normal());
      },
    });
    const [truth, floor] = [independent('truth'), independent('floor')];
    const metrics = [wassersteinMetric()];
    const report = evaluateDistances({
      spec,
      truth,
      predicted: truth,
      floor,
      metrics,
      bootstrap: { replicas: 0 },
      rng: new Rng(1),
    });
    return report.floor!.components[0]![report.quantities.indexOf('mass')]!.value;
  };
  const ratio = floorOf(500) / floorOf(8000);
  t.true(Math.abs(ratio - 4) < 1.5, `ratio ${ratio}`);
});

test('the floor takes as many events as are predicted', (t) => {
  t.deepEqual(evaluate().events, { truth: 400, predicted: 400, floor: 400 });
});

test('event weights of whole numbers count as repeated events', (t) => {
  const weights = Float64Array.from({ length: 400 }, (_, i) => i % 3);
  const repeat = (columns: PartonColumns): PartonColumns => ({
    count: weights.reduce((sum, weight) => sum + weight, 0),
    column: (particle, quantity) =>
      Float64Array.from(
        [...columns.column(particle, quantity)].flatMap((x, i) => Array(weights[i]!).fill(x) as number[]),
      ),
  });
  const options = { bootstrap: { replicas: 0 } };
  const weighted = evaluateDistances({
    spec: two,
    truth: { ...truth, weights },
    predicted: { ...predicted, weights },
    rng: new Rng(1),
    ...options,
  });
  const repeated = evaluateDistances({
    spec: two,
    truth: repeat(truth),
    predicted: repeat(predicted),
    rng: new Rng(1),
    ...options,
  });
  for (const [m, { value }] of weighted.distances.totals.entries())
    t.true(Math.abs(value - repeated.distances.totals[m]!.value) <= 1e-10 * value);
});

test("a metric of a plugin is evaluated and shown like the paper's", (t) => {
  const mean = ({ values, weights }: SortedSample): number => {
    const total = weights?.reduce((sum, weight) => sum + weight, 0) ?? values.length;
    return values.reduce((sum, value, i) => sum + value * (weights?.[i] ?? 1), 0) / total;
  };
  const bias = { label: 'Bias', distance: (u: SortedSample, v: SortedSample) => mean(v) - mean(u) };
  const report = evaluate({ metrics: [bias], bootstrap: { replicas: 50, pairing: 'independent' } });
  const { value, error } = report.distances.cells[0]![0]![0]!;
  // The columns have variance 1.25.
  t.true(Math.abs(value - 0.3) < 5 * Math.sqrt(2.5 / 400));
  t.true(Math.abs(error! / Math.sqrt(2.5 / 400) - 1) < 5 / Math.sqrt(100) + 0.2);
  t.is(paperTables([{ label: 'ours', report }]).length, 3);
});

test('progress is told once per particle and quantity', (t) => {
  const told: [number, number][] = [];
  evaluate({ onProgress: (done, total) => told.push([done, total]) });
  t.is(told.length, 16);
  t.deepEqual(told.at(-1), [16, 16]);
});

test('bad evaluations are refused, naming what is wrong', (t) => {
  const few = gaussianPartons(two, 10, 'few');
  const broken: PartonColumns = { ...predicted, column: () => new Float64Array(400).fill(Number.NaN) };
  const cases: [Partial<Parameters<typeof evaluateDistances>[0]>, RegExp][] = [
    [{ predicted: few }, /^invalid predicted partons: expected 400, one for each true event, got 10/],
    [{ floor: few }, /^invalid floor: expected at least 400 events, as many as are predicted, got 10/],
    [{ predicted: broken }, /^invalid predicted mass of TOP: value 0 is NaN/],
    [{ metrics: [] }, /^missing metrics/],
    [{ metrics: [wassersteinMetric(), wassersteinMetric()] }, /^duplicate metrics: "Wasserstein"/],
    [{ bootstrap: { replicas: 1 } }, /^invalid bootstrap replicas/],
    [{ truth: { ...truth, weights: new Float64Array(3) } }, /^invalid weights of true partons: expected 400/],
  ];
  for (const [options, message] of cases) t.throws(() => evaluate(options), { name: 'UserError', message });
  t.throws(() => partonColumns(two, new Float32Array(11)), { message: /expected rows of 10 columns, got 11 numbers/ });
});

test('the published tables agree with each other', (t) => {
  // Each is printed with two decimals: a sum of n terms is known to n x 0.005, the total to 0.005.
  for (const [metric, rows] of [...Object.entries(PUBLISHED_PARTICLES), ...Object.entries(PUBLISHED_COMPONENTS)])
    for (const [i, model] of PUBLISHED_MODELS.entries()) {
      const terms = Object.values(rows).map((row) => row[i]!);
      const sum = terms.reduce((total, term) => total + term, 0);
      const tolerance = 0.005 * (terms.length + 1) + 1e-9;
      t.true(Math.abs(sum - PUBLISHED_TOTALS[metric]![i]!) <= tolerance, `${metric} of ${model}: ${sum}`);
    }
});

test("the paper's values stand beside the paper's particles, and beside no others", (t) => {
  const spec = specOf(...PAPER_PARTICLES);
  const [truth, predicted] = [gaussianPartons(spec, 50, 'a'), gaussianPartons(spec, 50, 'b')];
  const report = evaluateDistances({ spec, truth, predicted, bootstrap: { replicas: 0 }, rng: new Rng(1) });
  const models: ModelDistances[] = [{ label: 'mine', report }];
  const [totals, ...others] = paperTables(models);
  t.deepEqual(totals!.rows.at(1), {
    label: 'VLD†',
    origin: 'paper',
    cells: ['108.76', '7.59', '4.08', '3.47', '3.74', '4.53'],
  });
  t.is(others.length, 8);
  t.true(totals!.notes.some((note) => note.includes('1,332,514')));
  t.is(totalsTable([{ label: 'two', report: evaluate() }]).rows.length, 2);
  for (const table of [totals!, ...others]) {
    for (const { cells } of table.rows) t.is(cells.length, table.columns.length);
    const lines = terminalTable(table).split('\n');
    t.true(lines.some((line) => line.includes('mine')));
    t.true(markdownTable(table).includes('mine'));
  }
});

test('every number is in the CSV and the JSON', (t) => {
  const models = [{ label: 'a "quoted", name', report: evaluate() }];
  const lines = distancesCsv(models).trim().split('\n');
  t.is(lines[0], 'model,seed,particle,quantity,metric,value,error');
  const ours = lines.filter((line) => line.startsWith('"a ""quoted"", name",'));
  t.is(ours.length, 6 * (2 * 8 + 2 + 8 + 1));
  t.is(lines.filter((line) => line.startsWith('floor,')).length, ours.length);
  const { models: read } = JSON.parse(distancesJson(models)) as { models: unknown };
  t.deepEqual(read, models);
});

test('a spreadsheet takes no name of a model for a formula, and negative numbers for numbers', (t) => {
  for (const label of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1']) {
    const lines = distancesCsv([{ label, report: evaluate() }])
      .trim()
      .split('\n');
    t.true(lines[1]!.startsWith(`'${label},`), label);
    t.false(lines.some((line) => line.startsWith(label)));
  }
});

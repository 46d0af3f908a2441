import { Rng } from '@unfold-zoo/core';
import type { Verdict } from '@unfold-zoo/core/findings';
import {
  type DistanceReport,
  evaluateDistances,
  type ModelDistances,
  meanOverSeeds,
  type PartonColumns,
  wassersteinMetric,
} from '@unfold-zoo/metrics';
import {
  calibrationColumns,
  distancesCsv,
  rankingCsv,
  rankingTable,
  rankModels,
  terminalTable,
  totalsTable,
} from '@unfold-zoo/report';
import test from 'ava';

const close = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b));

/** A report whose total alone is of interest. */
function report(
  value: number,
  replicas: readonly number[],
  floor?: readonly [number, readonly number[]],
): DistanceReport {
  const table = (value: number, replicas: readonly number[]) => {
    const mean = replicas.reduce((sum, replica) => sum + replica, 0) / replicas.length;
    const variance = replicas.reduce((sum, replica) => sum + (replica - mean) ** 2, 0) / (replicas.length - 1);
    const estimate = replicas.length > 0 ? { value, error: Math.sqrt(variance) } : { value };
    return {
      cells: [[[estimate]]],
      particles: [[estimate]],
      components: [[estimate]],
      totals: [estimate],
      totalReplicas: [replicas],
    };
  };
  return {
    topology: 'test',
    particles: [{ name: 'top', label: 'Top' }],
    quantities: ['mass'],
    metrics: ['Wasserstein'],
    events: { truth: 100, predicted: 100 },
    bootstrap: { replicas: replicas.length, pairing: 'paired' },
    distances: table(value, replicas),
    ...(floor && { floor: table(...floor) }),
  };
}

// Fluctuations that all models share, of standard deviation 1, and small ones of their own.
const shared = [-1, 0, 1];
const own = [0.05, -0.1, 0.05];
const about = (value: number, wiggle: readonly number[] = [0, 0, 0]): number[] =>
  shared.map((common, r) => value + common + wiggle[r]!);
const floor: [number, number[]] = [2, about(2)];

test('models are ranked by their totals, and their excess is what is above the floor', (t) => {
  const ranks = rankModels(
    [
      { label: 'far', report: report(32, about(32, own), floor) },
      { label: 'near', report: report(5, about(5), floor) },
    ],
    'Wasserstein',
  );
  t.deepEqual(
    ranks.map(({ place, label }) => [place, label]),
    [
      [1, 'near'],
      [2, 'far'],
    ],
  );
  t.deepEqual(ranks[0]!.excess, { value: 3, error: 0 });
  t.is(ranks[1]!.factor, 10);
  t.true(close(ranks[1]!.step!.value, 27));
});

test('a difference smaller than the errors of both is seen where replicas are shared', (t) => {
  const ranks = rankModels(
    [
      { label: 'first', report: report(10, about(10)) },
      { label: 'second', report: report(10.5, about(10.5, own)) },
      { label: 'third', report: report(10.55, about(10.55)) },
    ],
    'Wasserstein',
  );
  t.true(ranks[1]!.total.error! > 0.9);
  t.true(close(ranks[1]!.step!.error!, Math.sqrt(0.0075)));
  t.is(ranks[1]!.distinct, true);
  t.is(ranks[2]!.distinct, false);
  t.true(!('excess' in ranks[0]!) && !('step' in ranks[0]!));
});

test('a best model at the floor has no factor to be measured against', (t) => {
  const models = [report(1.9, about(1.9), floor), report(4, about(4), floor)];
  const ranks = rankModels(
    models.map((report, i) => ({ label: `${i}`, report })),
    'Wasserstein',
  );
  t.true(ranks.every((rank) => !('factor' in rank)));
  const text = terminalTable(
    rankingTable(
      models.map((report, i) => ({ label: `${i}`, report })),
      'Wasserstein',
    ),
  );
  t.true(text.includes('Told apart'));
});

test('calibration stands beside the total, over quantities and seeds, and empty for a model without it', (t) => {
  const models = ['a', 'b'].map((label, i) => ({ label, report: report(i + 1, about(i + 1)) }));
  const verdict = (quantity: string, status: 'good' | 'bad', badness: number): Verdict => {
    return { quantity, diagnostic: 'calibration', status, badness, text: 'words' };
  };
  // Two seeds: of each quantity the mean badness and the worse status.
  const first = [verdict('x', 'good', 0.02), verdict('y', 'good', 0.04)];
  const second = [verdict('x', 'good', 0.04), verdict('y', 'bad', 0.3)];
  const judged = [
    { label: 'a', verdicts: [...first, ...second] },
    { label: 'b', verdicts: [] },
  ];
  const { columns, rows, notes } = rankingTable(models, 'Wasserstein', calibrationColumns(judged, 400));
  t.deepEqual(
    columns.slice(1, 4).map(({ label }) => label),
    ['Total', 'Calibration', 'Calibrated'],
  );
  t.deepEqual(
    rows.map(({ cells }) => cells.slice(2, 4)),
    [
      ['0.10', '1 of 2'],
      ['', ''],
    ],
  );
  t.true(notes.some((note) => /right for each event\?.*0\.05 is chance/.test(note)));
  t.deepEqual(calibrationColumns([judged[1]!], 400), []);
  const csv = rankingCsv(models, 'Wasserstein', judged).trim().split('\n');
  t.regex(csv[1]!, /^1,a,Wasserstein,1,\S+,0\.(1|0999)\d*,1,2$/);
  t.regex(csv[2]!, /^2,b,Wasserstein,2,\S+,,,$/);
});

test('without replicas or seeds nothing is said of what can be told apart', (t) => {
  const ranks = rankModels(
    [1, 2].map((value) => ({ label: `${value}`, report: report(value, []) })),
    'Wasserstein',
  );
  t.deepEqual(ranks[1]!.step, { value: 1 });
  t.false('distinct' in ranks[1]!);
});

test('over seeds, the value is the mean and the error sqrt(bootstrap^2 + spread^2 / n)', (t) => {
  // Values 10, 12 and 14 have a spread of 2; each replica is one of the same events, of standard deviation 1.
  const seeds = [10, 12, 14].map((value, seed) => ({ seed, report: report(value, about(value)) }));
  const { report: mean, seeds: kept } = meanOverSeeds('model', seeds);
  for (const estimate of [mean.distances.totals[0]!, mean.distances.cells[0]![0]![0]!]) {
    t.is(estimate.value, 12);
    t.true(close(estimate.error!, Math.sqrt(1 + 4 / 3)));
  }
  t.deepEqual(mean.distances.totalReplicas[0], [11, 12, 13]);
  t.is(kept, seeds);
});

test('seeds without replicas have the error of their spread alone, and one seed is what it is', (t) => {
  const seeds = [10, 14].map((value, seed) => ({ seed, report: report(value, []) }));
  t.true(close(meanOverSeeds('model', seeds).report.distances.totals[0]!.error!, 2));
  const one = { seed: 1, report: report(3, about(3)) };
  t.deepEqual(meanOverSeeds('model', [one]).report, one.report);
});

test('models whose seeds differ more than their means are not told apart', (t) => {
  const model = (label: string, values: number[]): ModelDistances =>
    meanOverSeeds(
      label,
      values.map((value, seed) => ({ seed, report: report(value, about(value)) })),
    );
  const steady = rankModels([model('a', [10, 10.01]), model('b', [11, 11.01])], 'Wasserstein');
  const unsteady = rankModels([model('a', [8, 12.01]), model('b', [9, 13.01])], 'Wasserstein');
  t.is(steady[1]!.distinct, true);
  t.is(unsteady[1]!.distinct, false);
});

test('each seed stands in the CSV beside the mean', (t) => {
  const seeds = [1, 3].map((value, i) => ({ seed: 5 + i, report: report(value, []) }));
  const lines = distancesCsv([meanOverSeeds('model', seeds)]).split('\n');
  for (const line of ['model,5,all,all,Wasserstein,1,', 'model,6,all,all,Wasserstein,3,']) t.true(lines.includes(line));
  t.true(lines.some((line) => line.startsWith('model,mean,all,all,Wasserstein,2,1')));
});

test('the best model of a column is marked, with those that cannot be told from it', (t) => {
  const models = [10, 10.5, 30].map((value) => ({ label: `${value}`, report: report(value, about(value)) }));
  t.deepEqual(
    totalsTable(models).rows.map(({ best }) => best),
    [[true], [true], [false]],
  );
  t.deepEqual(totalsTable(models.slice(0, 1)).rows[0]!.best, [false]);
});

test('models of one evaluation that share their fluctuations are told apart better than their errors say', (t) => {
  const rng = new Rng(3);
  const values = Float64Array.from({ length: 500 }, () => rng.exponential() ** 2);
  const column = (scale: number): PartonColumns => ({
    count: 500,
    column: (_, quantity) => values.map((x) => (quantity === 'logE' ? 0 : scale * x)),
  });
  const reports = [1.1, 1.11].map((scale) => ({
    label: `${scale}`,
    report: evaluateDistances({
      spec: { name: 'test', particles: [{ name: 'top', label: 'Top' }], inputs: {} },
      truth: column(1),
      predicted: column(scale),
      metrics: [wassersteinMetric()],
      bootstrap: { replicas: 40 },
      rng: new Rng(1),
    }),
  }));
  const [, second] = rankModels(reports, 'Wasserstein');
  t.is(second!.label, '1.11');
  t.true(second!.step!.error! < 0.3 * second!.total.error!);
  t.is(second!.distinct, true);
});

test('bad rankings are refused', (t) => {
  const model = { label: 'a', report: report(1, []) };
  t.throws(() => rankModels([], 'Wasserstein'), { name: 'UserError', message: /^missing models/ });
  t.throws(() => rankModels([model], 'Distance'), { name: 'UserError', message: /^unknown metric: "Distance"/ });
  t.throws(() => meanOverSeeds('a', []), { name: 'UserError', message: /^missing seeds of a/ });
  const other = { label: 'b', report: { ...model.report, metrics: ['Energy'] } };
  t.throws(() => rankModels([model, other], 'Wasserstein'), { name: 'UserError', message: /^invalid distances of b/ });
});

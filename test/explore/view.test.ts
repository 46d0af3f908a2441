import {
  binColumn,
  binPairs,
  centralRange,
  changedObjects,
  changeEvent,
  compareConfigs,
  coverageFigure,
  type DetectorObject,
  densitiesCsv,
  edgesOf,
  etaPhiView,
  eventOrder,
  finiteColumn,
  flatConfig,
  histogramsCsv,
  joinPosteriors,
  momentumAt,
  objectStyle,
  rankFigure,
  reachOf,
  rowWeights,
  sortRows,
  transverseView,
} from '@unfold-zoo/explore/view';
import test from 'ava';
import { xmlText } from '../report/well-formed-xml.js';

test('a config is a list of paths, and two configs differ where a value does or is missing', (t) => {
  const a = flatConfig({ name: 'a', training: { steps: 5, stages: [] }, metrics: [{ kind: 'ks' }] });
  t.deepEqual(a, [
    ['name', 'a'],
    ['training.steps', '5'],
    ['training.stages', '[]'],
    ['metrics[0].kind', 'ks'],
  ]);
  const b = flatConfig({ name: 'a', training: { steps: 6, stages: [] }, seed: 1 });
  const different = compareConfigs(a, b).filter(({ differs }) => differs);
  t.deepEqual(
    different.map(({ path, values }) => [path, ...values]),
    [
      ['training.steps', '5', '6'],
      ['metrics[0].kind', 'ks', undefined],
      ['seed', undefined, '1'],
    ],
  );
});

test('rows without a value stand last in either order, and equal ones stay in theirs', (t) => {
  const rows = [{ v: 10 }, { v: undefined }, { v: 9 }, { v: Number.NaN }, { v: 10 }];
  const order = (descending: boolean) => sortRows(rows, ({ v }) => v, descending).map((row) => rows.indexOf(row));
  t.deepEqual(order(false), [2, 0, 4, 1, 3]);
  t.deepEqual(order(true), [0, 4, 2, 1, 3]);
  t.deepEqual(
    sortRows(['run-10', 'run-9'], (name) => name),
    ['run-9', 'run-10'],
  );
});

test('columns keep the weights of the values that are finite', (t) => {
  const values = Float32Array.of(1, Number.NaN, 3, Number.POSITIVE_INFINITY);
  t.deepEqual(finiteColumn(rowWeights(values, new Float32Array())), { values: Float32Array.of(1, 3), leftOut: 2 });
  // Two rows an event.
  t.deepEqual(finiteColumn(rowWeights(values, Float32Array.of(5, 7))), {
    values: Float32Array.of(1, 3),
    weights: Float32Array.of(5, 7),
    leftOut: 2,
  });
});

test('bins hold every value between their ends, once', (t) => {
  const column = finiteColumn({ values: Float32Array.from({ length: 1000 }, (_, i) => i) });
  const [low, high] = centralRange(column);
  t.deepEqual([low, high], [5, 994]);
  const { counts, underflow, overflow } = binColumn(column, edgesOf([0, 500], 10));
  t.true(counts.every((count) => count === counts[0] || count === counts[0]! + 1));
  t.is(counts.reduce((sum, count) => sum + count, 0) + underflow + overflow, 1000);
});

test('pairs are counted by row, without those that lack a value of either', (t) => {
  const x = { values: Float32Array.of(0.5, Number.NaN, 1.5, 1.5), weights: Float32Array.of(1, 1, 2, 3) };
  const y = { values: Float32Array.of(0.5, 0.5, 1.5, Number.POSITIVE_INFINITY) };
  const edges = Float64Array.of(0, 1, 2);
  const { density, leftOut } = binPairs(x, y, { x: edges, y: edges });
  t.is(leftOut, 2);
  t.is(density.total, 3);
  t.is(
    densitiesCsv([{ label: '=a', density }]),
    "x low,x high,y low,y high,'=a\n0,1,0,1,1\n1,2,0,1,0\n0,1,1,2,0\n1,2,1,2,2\n",
  );
  t.is(densitiesCsv([]), '');
});

test('draws that are joined keep their order, and what was read of the first', (t) => {
  const part = (values: number[], readings = {}) => ({
    draws: values.length + 1,
    notFinite: 1,
    values: { 'b.pt': values },
    readings,
    cloud: [{ name: 'b', label: 'b', pt: Array<number>(150).fill(values[0]!), eta: [], phi: [] }],
  });
  const { cloud, ...joined } = joinPosteriors(part([1, 2], { 'b.pt': 5 }), part([3], { 'b.pt': 6 }));
  t.deepEqual(joined, { draws: 5, notFinite: 2, values: { 'b.pt': [1, 2, 3] }, readings: { 'b.pt': 5 } });
  t.deepEqual([cloud[0]!.pt.length, cloud[0]!.pt[149], cloud[0]!.pt[150]], [200, 1, 3]);
  t.deepEqual(joinPosteriors(part([1]), part([3], { 'b.pt': 6 })).readings, { 'b.pt': 6 });
});

test('names in CSV are texts, whatever they begin with', (t) => {
  const histogram = binColumn({ values: Float32Array.of(1), leftOut: 0 }, Float64Array.of(0, 2));
  t.is(histogramsCsv([{ label: '=cmd("x")', histogram }]), 'low,high,"\'=cmd(""x"")","\'=cmd(""x"") error"\n0,2,1,1\n');
  t.is(histogramsCsv([]), '');
});

const JET: DetectorObject = { input: 'objects', label: 'b_jet', isLepton: false, pt: 80, phi: 0.5, eta: 1 };
const MET: DetectorObject = { input: 'met', label: '<script>', isLepton: false, pt: 40, phi: -2 };

test('an object of the transverse view is where its momentum is read back', (t) => {
  const reach = reachOf([JET, MET]);
  t.is(reach, 100);
  const svg = transverseView({ title: 'event', objects: [JET], reach });
  const [, x, y] = /<circle cx="([\d.]+)" cy="([\d.]+)" r="5"/.exec(svg)!;
  const { pt, phi } = momentumAt(Number(x), Number(y), reach);
  // Coordinates have two decimals.
  t.true(Math.abs(pt - JET.pt) < 0.02 && Math.abs(phi - JET.phi) < 0.001);
});

test('displays are well-formed whatever things are called, and hold each object', (t) => {
  const objects = [JET, MET];
  const cloud = [{ name: 'b', label: '"&', pt: [50, 500], eta: [0, 9], phi: [1, -3] }];
  for (const draw of [transverseView, etaPhiView]) {
    const svg = draw({ title: '</title><script>alert(1)</script>', objects, cloud, truth: cloud, reach: 100 });
    xmlText(svg);
    t.false(svg.includes('<script'));
    for (const i of objects.keys()) t.true(svg.includes(`data-object="${i}"`));
  }
  t.deepEqual(objects.map(objectStyle), ['tagged', 'missing']);
  t.is(objectStyle({ ...JET, label: 'non_b_jet' }), 'jet');
  t.is(objectStyle({ ...JET, isLepton: true }), 'lepton');
});

test('a change of an object leaves all others, and columns that it has not', (t) => {
  const event = {
    jets: [
      { pt: 50, eta: 1, phi: 0, mass: 5 },
      { pt: 40, eta: 0, phi: 1, mass: 4 },
    ],
    met: { met: 9, phi: 2 },
  };
  const jet = { group: 'jets', index: 1, columns: { pt: 'pt', eta: 'eta', phi: 'phi' } };
  t.deepEqual(changeEvent(event, jet, { pt: 60 }), { ...event, jets: [event.jets[0], { ...event.jets[1], pt: 60 }] });
  const met = { group: 'met', columns: { pt: 'met', phi: 'phi' } };
  t.deepEqual(changeEvent(event, met, { pt: -3, eta: 4 }), { ...event, met: { met: 1, phi: 2 } });
  t.deepEqual(changeEvent(event, met, { phi: Number.NaN }), event);
  const seen = [{ ...JET, place: jet }, MET];
  t.deepEqual(changedObjects(seen, event), [{ ...seen[0]!, pt: 40, eta: 0, phi: 1 }, MET]);
});

const RANKS = {
  draws: 4,
  leftOut: 0,
  events: [7, 8, 9],
  ranks: [0.5, 0, 0.75],
  truth: [],
  means: [],
  widths: [3, 1, 2],
};

test('odd events come first: by width, or by how far out the truth is', (t) => {
  t.deepEqual(eventOrder(RANKS, 'width'), [7, 9, 8]);
  t.deepEqual(eventOrder(RANKS, 'rank'), [8, 9, 7]);
});

test('ranks and coverage are drawn of any number of events', (t) => {
  for (const ranks of [[], [0], RANKS.ranks]) {
    xmlText(rankFigure('Ranks', ranks, 4));
    xmlText(coverageFigure('Coverage', ranks));
  }
  t.pass();
});

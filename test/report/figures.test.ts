import { type EventSpec, Rng } from '@unfold-zoo/core';
import { KINEMATIC_QUANTITIES, QUANTITIES } from '@unfold-zoo/core/events';
import { type PartonColumns, partonColumns } from '@unfold-zoo/metrics';
import {
  correlationChoices,
  correlationFigure,
  correlationMatrix,
  correlationMatrixFigure,
  densityLevel,
  distributionPlot,
  histogram,
  histogram2d,
  lineStyle,
  matrixDifference,
  particlePage,
  pngRenderer,
  quantityAxis,
  ratioPlot,
  smoothed,
} from '@unfold-zoo/report';
import test from 'ava';
import { xmlText } from './well-formed-xml.js';

const edges = Float64Array.from({ length: 11 }, (_, i) => i);
const rng = new Rng(9);

function normals(count: number, mean: number): Float64Array {
  return Float64Array.from({ length: count }, () => mean + rng.normal());
}

/** On the whole axis, so that no bin is empty. */
function uniform(count: number): Float64Array {
  return Float64Array.from({ length: count }, () => 10 * rng.uniform());
}

const spec: EventSpec = {
  name: 'pair',
  particles: ['pair', 'first', 'second'].map((name) => ({ name, label: name })),
  inputs: {},
  figures: {
    correlations: [
      [
        { particle: 'pair', quantity: 'mass' },
        { particle: 'first', quantity: 'pt' },
      ],
      [
        { particle: 'second', quantity: 'eta' },
        { particle: 'pair', quantity: 'phi' },
      ],
    ],
  },
};

function columns(count: number): PartonColumns {
  const width = spec.particles.length * QUANTITIES.length;
  return partonColumns(
    spec,
    Float32Array.from({ length: count * width }, () => rng.normal()),
  );
}

test('the line of a model stands as high as its histogram, and its ratio at their quotient', (t) => {
  const truth = { label: 'Truth', histogram: histogram(uniform(4000), edges) };
  const model = { label: 'VLD', histogram: histogram(uniform(4000), edges) };
  const svg = ratioPlot({ title: '', xTitle: 'x', truth, models: [model], ratioRange: [0, 2] });
  const drawn = [...svg.matchAll(/<path class="series-0" d="([^"]+)"/g)].map(([, d]) => heights(d!));
  const [upper, lower] = [...svg.matchAll(/<rect x="72" y="([\d.]+)" width="432" height="([\d.]+)" fill="none"/g)].map(
    ([, y, height]) => ({ top: Number(y), bottom: Number(y) + Number(height) }),
  );
  const { counts } = model.histogram;
  const scale = (upper!.bottom - drawn[0]![5]!) / counts[5]!;
  counts.forEach((count, bin) => {
    t.true(Math.abs(upper!.bottom - drawn[0]![bin]! - scale * count) < 0.02, `bin ${bin}`);
    const ratio = count / truth.histogram.counts[bin]!;
    if (!(ratio > 0 && ratio < 2)) return;
    const expected = lower!.bottom - (ratio / 2) * (lower!.bottom - lower!.top);
    t.true(Math.abs(drawn[1]![bin]! - expected) < 0.02, `ratio of bin ${bin}`);
  });
});

/** The height of each bin of a step line without gaps. */
function heights(d: string): number[] {
  return [...d.matchAll(/[ML][\d.-]+ ([\d.-]+)/g)].map(([, y]) => Number(y)).filter((_, i) => i % 2 === 0);
}

test('of many models one bad one does not decide the range of ratios', (t) => {
  const truth = { label: 'Truth', histogram: histogram(uniform(100_000), edges) };
  const good = Array.from({ length: 6 }, (_, i) => ({
    label: `good ${i}`,
    histogram: histogram(uniform(100_000), edges),
  }));
  const bad = { label: 'bad', histogram: histogram(normals(100_000, 8), edges) };
  const labels = (models: typeof good): string[] => xmlText(ratioPlot({ title: '', xTitle: '', truth, models }));
  t.true(labels([...good, bad]).includes('1.05'));
  t.false(labels([good[0]!, bad]).includes('1.05'));
});

test('what the axis does not show is stated', (t) => {
  const truth = { label: 'Truth', histogram: histogram(Float64Array.of(-1, 1, 2, 3, 11), edges) };
  const models = [
    { label: 'a', histogram: histogram(Float64Array.of(1, 2, 3, 4), edges) },
    { label: 'b', histogram: histogram(Float64Array.of(-1, -2, 3, 12), edges) },
  ];
  const text = xmlText(ratioPlot({ title: '', xTitle: '', truth, models }));
  t.true(text.includes('below 20.0 %, above 20.0 % (models 0.0 to 50.0 %, 0.0 to 25.0 %)'));
});

test('seven models differ in colour and in dash, and twenty as a pair', (t) => {
  const seven = Array.from({ length: 7 }, (_, i) => lineStyle(i));
  t.is(new Set(seven.map(({ color }) => color)).size, 7);
  t.is(new Set(seven.map(({ dash }) => dash)).size, 7);
  t.is(new Set(Array.from({ length: 20 }, (_, i) => JSON.stringify(lineStyle(i)))).size, 20);
});

test('long tails stand on a logarithmic axis, peaks and symmetric momenta do not', (t) => {
  const tail = Float64Array.from({ length: 5000 }, () => 50 * rng.exponential());
  t.is(quantityAxis('pt', tail).yScale, 'log');
  t.is(quantityAxis('energy', tail).yScale, 'log');
  t.is(quantityAxis('px', normals(5000, 0)).yScale, 'linear');
  t.is(quantityAxis('mass', normals(5000, 173)).yScale, 'linear');
  t.is(quantityAxis('mass', new Float64Array(100).fill(4.7)).yScale, 'linear');
  t.is(quantityAxis('phi', tail).yScale, 'linear');
});

test('a page of a particle has all its quantities under one legend', (t) => {
  const truth = columns(300);
  const models = [{ label: 'VLD', columns: columns(300) }];
  const plots = KINEMATIC_QUANTITIES.map((quantity) =>
    distributionPlot(spec, { particle: 1, quantity }, truth, models),
  );
  const svg = particlePage('hadronic_top', plots);
  t.is(xmlText(svg).filter((text) => text === 'VLD').length, 1);
  t.is(xmlText(svg).filter((text) => text === 'Ratio to truth').length, 8);
});

test('pairs are counted in the bin of both, and smoothing keeps a flat density', (t) => {
  const two = Float64Array.of(0, 1, 2);
  const h = histogram2d(Float64Array.of(0.5, 1.5, 1.5, 9), Float64Array.of(0.5, 0.5, 2, 1), { x: two, y: two });
  t.deepEqual([...h.counts], [1, 1, 0, 1]);
  t.is(h.total, 4);
  const flat = { ...h, counts: new Float64Array(4).fill(3) };
  t.deepEqual([...smoothed(flat).counts], [3, 3, 3, 3]);
});

test('the densest region that holds half of a normal density has its level', (t) => {
  const fine = Float64Array.from({ length: 61 }, (_, i) => -3 + i / 10);
  const counts = Float64Array.from({ length: 3600 }, (_, i) => {
    const [x, y] = [-2.95 + (i % 60) / 10, -2.95 + Math.floor(i / 60) / 10];
    return Math.exp(-(x * x + y * y) / 2);
  });
  const level = densityLevel({ xEdges: fine, yEdges: fine, counts, total: 1 }, 0.5);
  // A fraction f of a two-dimensional normal density lies above 1 - f of its maximum; the axes cut 0.5 %.
  t.true(Math.abs(level - 0.5) < 0.02, String(level));
});

test('correlation coefficients are those of their definition, weighted or not', (t) => {
  const one: EventSpec = { ...spec, particles: spec.particles.slice(0, 1) };
  const rows = [1, 0, 0, 0, 3, 1, 1, 1, -1, 3, 1, 2, 2, -2, 3, 1, 3, 0, -3, 3];
  const rho = correlationMatrix(one, partonColumns(one, Float64Array.from(rows)));
  const at = (i: number, j: number): number => rho[5 * i + j]!;
  t.true(Number.isNaN(at(0, 1)) && Number.isNaN(at(4, 4)));
  t.true(Math.abs(at(1, 1) - 1) < 1e-12 && Math.abs(at(1, 3) + 1) < 1e-12);
  // x = 0 1 2 3 and y = 0 1 2 0: covariance 0.5, sums of squares 5 and 2.75.
  t.true(Math.abs(at(1, 2) - 0.5 / Math.sqrt(5 * 2.75)) < 1e-12, String(at(1, 2)));
  const repeated = [...rows, ...rows.slice(0, 5)];
  const weighted = correlationMatrix(one, partonColumns(one, Float64Array.from(rows), Float64Array.of(2, 1, 1, 1)));
  t.true(matrixDifference(weighted, correlationMatrix(one, partonColumns(one, Float64Array.from(repeated)))) < 1e-12);
  t.is(matrixDifference(rho, rho), 0);
});

test('figures of correlations name every model and are well-formed', (t) => {
  const truth = columns(400);
  const models = ['VLD', 'LDM'].map((label) => ({ label, columns: columns(400) }));
  const pairs = correlationChoices(spec);
  t.deepEqual(pairs, [
    { x: { particle: 0, quantity: 'mass' }, y: { particle: 1, quantity: 'pt' } },
    { x: { particle: 2, quantity: 'eta' }, y: { particle: 0, quantity: 'phi' } },
  ]);
  for (const pair of pairs) {
    const svg = correlationFigure(spec, pair, truth, models);
    for (const label of ['Truth', 'VLD', 'LDM']) t.true(xmlText(svg).includes(label), label);
    t.false(/NaN|Infinity|undefined/.test(svg));
  }
  t.true(xmlText(correlationMatrixFigure(spec, truth, models)).some((text) => /^VLD: rms 0\.0\d\d$/.test(text)));
});

test('PNG is twice the size of the picture and the same each time, or says what to install', (t) => {
  let render: ReturnType<typeof pngRenderer>;
  try {
    render = pngRenderer();
  } catch (error) {
    t.regex((error as Error).message, /^missing package .*npm install @resvg\/resvg-js dejavu-fonts-ttf/);
    return;
  }
  const truth = { label: 'Truth', histogram: histogram(normals(100, 5), edges) };
  const svg = ratioPlot({ title: 'pₜ γ tt̄', xTitle: 'x', truth, models: [] });
  const png = Buffer.from(render(svg));
  t.is(png.toString('latin1', 1, 4), 'PNG');
  t.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1040, 960]);
  t.true(png.equals(Buffer.from(render(svg))));
  // Text is drawn: without it the picture is another.
  t.false(png.equals(Buffer.from(render(svg.replaceAll('γ', 'δ')))));
});

test('in place of a quantity that never varies stand sentences, and no axes', (t) => {
  const width = spec.particles.length * QUANTITIES.length;
  const sample = (mass: () => number): PartonColumns =>
    partonColumns(
      spec,
      Float32Array.from({ length: 200 * width }, (_, i) => (i % width === 0 ? mass() : rng.normal())),
    );
  const truth = sample(() => 4.7);
  const models = [
    { label: 'right', columns: truth },
    { label: 'wide', columns: sample(() => 4 + rng.uniform()) },
  ];
  const mass = { particle: 0, quantity: 'mass' } as const;
  const svg = ratioPlot(distributionPlot(spec, mass, truth, models));
  const text = xmlText(svg).join('\n');
  t.regex(text, /Constant: 4\.7 GeV in every true event\./);
  t.regex(text, /right: 4\.7 GeV in every draw\./);
  t.regex(text, /wide: 4\.0\d+ to 4\.9\d+ GeV in 90 % of the draws\./);
  t.notRegex(svg, /<path|<line/);
  const joint = correlationFigure(spec, { x: mass, y: { particle: 1, quantity: 'pt' } }, truth, models);
  t.regex(xmlText(joint).join('\n'), /Nothing to correlate: mass of pair is 4\.7 GeV in every true event\./);
  t.regex(ratioPlot(distributionPlot(spec, { particle: 1, quantity: 'mass' }, truth, models)), /<path/);
});

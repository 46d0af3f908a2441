import { Rng } from '@unfold-zoo/core';
import {
  histogram,
  lineChart,
  quantityEdges,
  ratioPlot,
  roundEdges,
  scaleHistogram,
  scheduleChart,
  terminalHistogram,
} from '@unfold-zoo/report';
import test from 'ava';
import fc from 'fast-check';
import { xmlText } from './well-formed-xml.js';

const edges = Float64Array.from({ length: 11 }, (_, i) => i);
const strange = 'a<b> & "c" \'d\' p_T^2 \\ \u0000 τ';

function normals(name: string, count: number, mean: number): Float64Array {
  const rng = new Rng(1).fork(name);
  return Float64Array.from({ length: count }, () => mean + rng.normal());
}

function plot(values: Float64Array, options: Partial<Parameters<typeof ratioPlot>[0]> = {}): string {
  const truth = { label: 'Truth', histogram: histogram(normals('truth', 400, 5), edges) };
  const models = [{ label: 'VLD', histogram: histogram(values, edges) }];
  return ratioPlot({ title: 'Hadronic t', xTitle: 'p_T(t) [GeV]', unit: 'GeV', truth, models, ...options });
}

/** No picture may hold a coordinate that is not a number. */
function isDrawable(svg: string): boolean {
  xmlText(svg);
  return !/NaN|Infinity|undefined/.test(svg);
}

test('every value is in a bin, below the first edge or above the last', (t) => {
  const values = fc.array(fc.double({ min: -20, max: 30, noNaN: true }), { maxLength: 50 });
  const inner = fc.uniqueArray(fc.integer({ min: -10, max: 20 }), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(values, inner, (list, unsorted) => {
      const ascending = unsorted.sort((a, b) => a - b);
      const h = histogram(Float64Array.from(list), ascending);
      t.is(h.underflow + h.overflow + h.counts.reduce((sum, count) => sum + count, 0), list.length);
      t.is(h.total, list.length);
      t.is(h.underflow, list.filter((x) => x < ascending[0]!).length);
      t.is(h.overflow, list.filter((x) => x > ascending.at(-1)!).length);
    }),
  );
});

test('the last bin holds its upper edge, the others do not', (t) => {
  t.deepEqual([...histogram(Float64Array.of(0, 1, 2), [0, 1, 2]).counts], [1, 2]);
});

test('errors are the root of the sum of squared weights', (t) => {
  const h = histogram(Float64Array.of(0.5, 0.5, 1.5, 9), [0, 1, 2], Float64Array.of(3, 4, -2, 5));
  t.deepEqual([...h.counts], [7, -2]);
  t.deepEqual([...h.errors], [5, 2]);
  t.is(h.overflow, 5);
  t.deepEqual([...scaleHistogram(h, 2).errors], [10, 4]);
});

test('bad histograms are refused', (t) => {
  t.throws(() => histogram(Float64Array.of(1), [0, 0]), { message: /^invalid edges/ });
  t.throws(() => histogram(Float64Array.of(1), [0]), { message: /^invalid edges/ });
  t.throws(() => histogram(Float64Array.of(Number.NaN), [0, 1]), { message: /value 0 is NaN/ });
  t.throws(() => histogram(Float64Array.of(1), [0, 1], new Float64Array(2)), { message: /expected 1/ });
});

test('a ratio plot is well-formed and names what it shows', (t) => {
  const svg = plot(normals('model', 300, 5.3));
  const text = xmlText(svg);
  for (const label of ['Hadronic t', 'Truth', 'VLD', 'Ratio to truth', 'Events / 1 GeV']) t.true(text.includes(label));
  // The subscript stands alone.
  t.true(text.includes('T'));
  t.true(isDrawable(svg));
});

test('labels are escaped: in legends as they are, in axis titles after markup', (t) => {
  const truth = { label: strange, histogram: histogram(normals('truth', 400, 5), edges) };
  const svg = ratioPlot({ title: strange, xTitle: 'm<b> & [GeV]', truth, models: [{ ...truth, label: strange }] });
  const shown = strange.replace('\u0000', '\ufffd');
  t.true(xmlText(svg).filter((text) => text === shown).length >= 3);
  t.true(xmlText(svg).includes('m<b> & [GeV]'));
  t.true(isDrawable(lineChart({ title: strange, xTitle: strange, yTitle: strange, series: [] })));
});

test('empty bins, constant samples, weights of both signs and few events can be drawn', (t) => {
  const constant = new Float64Array(50).fill(5);
  for (const yScale of ['linear', 'log'] as const) {
    const one = { label: 'one', histogram: histogram(Float64Array.of(3), edges) };
    const outside = { label: 'outside', histogram: histogram(Float64Array.of(-3, 99), edges) };
    const weighted = {
      label: 'weighted',
      histogram: histogram(Float64Array.of(1, 2, 3), edges, Float64Array.of(2, -1, 3)),
    };
    t.true(isDrawable(plot(constant, { yScale })));
    for (const truth of [one, outside, weighted])
      t.true(
        isDrawable(plot(normals('model', 300, 5), { yScale, truth, models: [one, outside, weighted] })),
        truth.label,
      );
    t.true(isDrawable(plot(constant, { yScale, models: [] })));
  }
});

test('nine models, some with long names, can be drawn', (t) => {
  const models = Array.from({ length: 9 }, (_, i) => ({
    label: `${'long '.repeat(3 * i)}model ${i}`,
    histogram: histogram(normals(`${i}`, 200, 5 + i / 10), edges),
  }));
  t.true(isDrawable(plot(new Float64Array(), { models })));
});

test('models of other edges or without events are refused', (t) => {
  const other = { label: 'other', histogram: histogram(Float64Array.of(1), [0, 1, 2]) };
  const empty = { label: 'empty', histogram: histogram(new Float64Array(), edges) };
  t.throws(() => plot(edges, { models: [other] }), {
    message: /^invalid histogram of other: expected the edges of Truth/,
  });
  t.throws(() => plot(edges, { models: [empty] }), { message: /^invalid histogram of empty: it has no entries/ });
  t.throws(() => plot(edges, { truth: empty }), { message: /^invalid histogram of empty: it has no entries/ });
});

test('automatic edges hold 99 % of momenta, all of phi, and the peak of a mass', (t) => {
  const wide = normals('pz', 2000, 0).map((x) => 300 * x);
  const inside = (list: Float64Array, e: Float64Array): number =>
    list.filter((x) => x >= e[0]! && x <= e.at(-1)!).length / list.length;
  t.true(inside(wide, quantityEdges('pz', wide)) >= 0.99);
  t.is(quantityEdges('pz', wide)[0], -quantityEdges('pz', wide).at(-1)!);
  t.is(quantityEdges('pt', wide.map(Math.abs))[0], 0);
  const phi = quantityEdges('phi', wide);
  t.deepEqual([phi[0], phi.at(-1)], [-Math.PI, Math.PI]);
  // A tenth of the events a hundred widths away do not hide the peak.
  const peak = normals('mass', 2000, 173).map((x, i) => (i % 10 ? x : x + 100));
  t.true(quantityEdges('mass', peak).at(-1)! < 190);
  const constant = quantityEdges('mass', new Float64Array(9).fill(4.7));
  t.is(histogram(Float64Array.of(4.7), constant).counts[(constant.length - 2) / 2], 1);
});

test('round edges are whole multiples of 1, 2 or 5 times a power of ten, and span what was asked', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: -1000, max: 1000 }),
      fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
      (low, width) => {
        const e = roundEdges(low, low + width);
        const step = (e.at(-1)! - e[0]!) / (e.length - 1);
        const mantissa = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
        t.true(
          [1, 2, 5].some((digit) => Math.abs(mantissa - digit) < 1e-6),
          `step ${step}`,
        );
        t.true(e[0]! <= low + 1e-9 && e.at(-1)! >= low + width - 1e-9 * width);
        // 50 bins within a factor of sqrt(2.5), the largest step to a round number, and up to one more at each end.
        t.true(e.length - 1 >= 50 / Math.sqrt(2.5) && e.length - 1 <= 50 * Math.sqrt(2.5) + 2, `${e.length} edges`);
      },
    ),
  );
});

test('a line chart is well-formed and leaves gaps where there is nothing to draw', (t) => {
  const x = Array.from({ length: 5000 }, (_, i) => i);
  const y = x.map((i) => (i % 7 === 0 ? Number.NaN : i % 11 === 0 ? -1 : Math.exp(-i / 1000)));
  for (const yScale of ['linear', 'log'] as const) {
    const svg = lineChart({
      title: 'Loss',
      xTitle: 'Step',
      yTitle: 'Loss',
      yScale,
      series: [{ label: 'train', x, y }],
    });
    t.true(isDrawable(svg));
    t.true(xmlText(svg).includes('train'));
  }
  for (const values of [[], [3], [2, 2, 2], [0, 0], [Number.NaN]]) {
    const series = [{ label: 'one', x: values.map((_, i) => i), y: values }];
    for (const yScale of ['linear', 'log'] as const)
      t.true(isDrawable(lineChart({ title: 't', xTitle: 'x', yTitle: 'y', yScale, series })));
  }
  t.throws(() => lineChart({ title: '', xTitle: '', yTitle: '', series: [{ label: 'bad', x: [1], y: [] }] }), {
    message: /^invalid series bad: expected 1 y values, got 0/,
  });
});

test('a long series is thinned without losing a spike', (t) => {
  const x = Array.from({ length: 200_000 }, (_, i) => i);
  const y = x.map((i) => (i === 123_456 ? 100 : 1));
  const chart = (values: number[]): string =>
    lineChart({ title: '', xTitle: '', yTitle: '', series: [{ label: 'loss', x, y: values }] });
  t.true(chart(y).length < 60_000);
  // The line reaches the same height as one that ends in the spike.
  const heights = (svg: string): number[] => [...svg.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, at]) => Number(at));
  t.is(Math.min(...heights(chart(y))), Math.min(...heights(chart(y.map((v) => (v === 100 ? 1 : v)).with(-1, 100)))));
});

test('a schedule chart shows gamma of every schedule', (t) => {
  const svg = scheduleChart([{ label: 'linear', t: [0, 1], gamma: [-13, 5], slope: [18, 18] }]);
  t.true(isDrawable(svg));
  t.true(xmlText(svg).includes('linear'));
});

test('bars of a terminal histogram are as long as their counts', (t) => {
  const text = terminalHistogram([0, 10, 5], [0, 0.5, 1, 1.5], { label: 'pT', unit: 'GeV', width: 8 });
  t.deepEqual(text.split('\n'), ['pT [GeV]', '0.0 ┤ 0', '0.5 ┤████████ 10', '1.0 ┤████ 5', '1.5 ┘', '']);
  t.true(terminalHistogram([0, 0], [0, 1, 2], { label: 'empty' }).includes('┤ 0'));
  t.throws(() => terminalHistogram([1], [0], { label: 'x' }), { message: /expected 2, got 1/ });
});

test('a chart has an end, whatever the size of its values', (t) => {
  const extremes = [
    [1, 1e308],
    [5e-324, 1],
    [1e308, 1e308],
    [-1e308, 1e308],
  ];
  for (const yScale of ['log', 'linear'] as const) {
    for (const y of extremes) {
      const series = [{ label: 'a', x: [1, 2], y }];
      const svg = lineChart({ title: 't', xTitle: 'x', yTitle: 'y', yScale, series });
      t.true(svg.length < 100_000, `${yScale} ${y}`);
      t.notRegex(svg, /NaN|Infinity/, `${yScale} ${y}`);
    }
  }
});

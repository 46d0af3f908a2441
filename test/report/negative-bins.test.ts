import { Rng } from '@unfold-zoo/core';
import { partonColumns } from '@unfold-zoo/metrics';
import { correlationMatrix, histogram, ratioPlot } from '@unfold-zoo/report';
import test from 'ava';
import { numberedSpec } from '../fixtures/data/numbered-source.js';

/** Ten bins from 0 to 10 with one event each, but for one of which the weights are negative. */
function distribution(label: string, weight: number) {
  const values = Float64Array.from({ length: 10 }, (_, bin) => bin + 0.5);
  const weights = Float64Array.from(values, (_, bin) => (bin === 4 ? weight : 5));
  const edges = Float64Array.from({ length: 11 }, (_, edge) => edge);
  return { label, histogram: histogram(values, edges, weights) };
}

/** Ends of the y axis: the numbers of its labels, from the lowest to the highest. */
function lowestLabel(svg: string): number {
  const labels = [...svg.matchAll(/>([−-]?\d+(?:\.\d+)?)</g)].map(([, text]) => Number(text!.replace('−', '-')));
  return Math.min(...labels);
}

test('a bin of negative weight is drawn below zero on a linear axis', (t) => {
  const [truth, model] = [distribution('Truth', -4), distribution('Model', -3)];
  const svg = ratioPlot({ title: 'Top', xTitle: 'm', truth, models: [model] });
  t.false(svg.includes('NaN'));
  t.true(lowestLabel(svg) < 0);
  const positive = ratioPlot({ title: 'Top', xTitle: 'm', truth: distribution('Truth', 4), models: [] });
  t.true(lowestLabel(positive) >= 0);
});

test('on a logarithmic axis a bin of negative weight is an empty one', (t) => {
  const [truth, model] = [distribution('Truth', -4), distribution('Model', -3)];
  const options = { title: 'Top', xTitle: 'm', yScale: 'log' } as const;
  t.false(ratioPlot({ ...options, truth, models: [model] }).includes('NaN'));
});

test('correlation coefficients of signed weights are those of the events that are left when pairs cancel', (t) => {
  const rng = new Rng(9);
  const rows = (count: number) => Float32Array.from({ length: 10 * count }, () => rng.normal());
  const [some, cancelling] = [rows(40), rows(15)];
  const weights = Float32Array.from({ length: 70 }, (_, event) => (event < 55 ? 1 : -1));
  const all = Float32Array.of(...some, ...cancelling, ...cancelling);
  const expected = correlationMatrix(numberedSpec, partonColumns(numberedSpec, some));
  const found = correlationMatrix(numberedSpec, partonColumns(numberedSpec, all, weights));
  for (const [i, value] of expected.entries()) t.true(Math.abs(found[i]! - value) < 1e-9);
});

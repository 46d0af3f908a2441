import { Evaluator, Rng } from '@unfold-zoo/core';
import type { Findings } from '@unfold-zoo/core/findings';
import { build, evaluatorChecks, testSetting } from '@unfold-zoo/core/testing';
import plugin, { QuantileSketch } from '@unfold-zoo/diagnostics';
import { ksStatistic, wassersteinDistance } from '@unfold-zoo/metrics';
import test from 'ava';
import { conforms } from '../core/testing/broken.js';
import { POSTERIOR_WIDTH, RESOLUTION, SPEC, toyDraws, type Wrong } from './w-boson-toy.js';

const SIZE = { events: 2000, draws: 20 };

conforms(
  'resolution',
  evaluatorChecks(() => build(Evaluator, plugin, { kind: 'resolution' })),
);

const found = new Map<string, Promise<Required<Findings>>>();

/** What is found in draws that are wrong in a known way, once. */
function resolutionOf(wrong: Wrong, options: object = {}): Promise<Required<Findings>> {
  const key = JSON.stringify([wrong, options]);
  found.set(key, found.get(key) ?? evaluated(wrong, options));
  return found.get(key)!;
}

async function evaluated(wrong: Wrong, options: object): Promise<Required<Findings>> {
  const setting = { ...testSetting(), spec: SPEC };
  const evaluator = build(Evaluator, plugin, { kind: 'resolution', ...options }, setting);
  return (await evaluator.evaluate(toyDraws(SIZE, wrong))) as Required<Findings>;
}

/** The numbers and errors of a row of a table, by column. */
function row({ tables }: Findings, table: number, label: string): [value: number, error: number][] {
  const { cells } = tables[table]!.rows.find((each) => each.label === label)!;
  return cells.map((cell) => cell.split(' ± ').map(Number.parseFloat) as [number, number]);
}

test('widths of draws, of their mean and of the detector are those that the toy has', async (t) => {
  const findings = await resolutionOf({});
  // Of n draws with the width of the posterior the mean scatters by its width / sqrt(n) more.
  const mean = POSTERIOR_WIDTH * Math.sqrt(1 + 1 / SIZE.draws);
  for (const quantity of ['Lepton px', 'Lepton pz', 'Neutrino py']) {
    const [, ofDraws, , ofMean, , ofDetector, seen, ratio] = row(findings, 0, quantity);
    for (const [[value, error], expected] of [
      [ofDraws!, Math.SQRT2 * POSTERIOR_WIDTH],
      [ofMean!, mean],
      [ofDetector!, RESOLUTION],
      [ratio!, mean / RESOLUTION],
    ] as const)
      t.true(Math.abs(value - expected) < 4 * error, `${quantity}: ${value} ± ${error}, not ${expected}`);
    t.true(seen![0] > 99, quantity);
  }
});

test('what the detector sees is told from directions, and what it cannot see has no reading', async (t) => {
  const findings = await resolutionOf({});
  const told = findings.verdicts.map(({ quantity }) => quantity);
  for (const quantity of ['Lepton pT', 'Lepton η', 'Lepton E', 'Neutrino px', 'Neutrino φ'])
    t.true(told.includes(quantity), quantity);
  for (const quantity of ['Neutrino pz', 'Neutrino η', 'W px', 'W m']) t.false(told.includes(quantity), quantity);
});

test('right posteriors are no less sharp than the detector', async (t) => {
  const { verdicts } = await resolutionOf({});
  t.deepEqual(
    verdicts.filter(({ status }) => status === 'bad'),
    [],
  );
});

test('draws that are swapped between events, or far too wide, are less sharp than the detector', async (t) => {
  const swapped = (await resolutionOf({ swapped: true })).verdicts.find(({ quantity }) => quantity === 'Lepton px')!;
  t.is(swapped.status, 'bad');
  const wide = (await resolutionOf({ scale: 6 })).verdicts.find(({ quantity }) => quantity === 'Lepton px')!;
  t.is(wide.status, 'bad');
  const factor = (POSTERIOR_WIDTH / RESOLUTION) * Math.sqrt(1 + 36 / SIZE.draws);
  t.true(Math.abs(Number(/by a factor of ([\d.]+)$/.exec(wide.text)?.[1]) / factor - 1) < 0.1, wide.text);
});

test('a shift of all draws is the bias of draws and of their mean, and not of the detector', async (t) => {
  const [ofDraws, , ofMean, , ofDetector] = row(await resolutionOf({ shift: 0.5 }), 0, 'Neutrino px');
  for (const [value, error] of [ofDraws!, ofMean!])
    t.true(Math.abs(value - 0.5 * POSTERIOR_WIDTH) < 4 * error, `${value} ± ${error}`);
  t.true(Math.abs(ofDetector![0]) < 4 * ofDetector![1]);
});

test('purity and stability are 1 for draws that are the truth, and of chance for draws of other events', async (t) => {
  const options = { quantities: ['px'], bins: 4 };
  const purity = async (wrong: Wrong) =>
    (await resolutionOf(wrong, options)).tables[1]!.rows.filter(({ label }) => label.startsWith('Neutrino px')).map(
      ({ cells }) => Number(cells[4]),
    );
  const chance = await purity({ swapped: true });
  const right = await purity({});
  t.is(chance.length, 4);
  for (const [bin, value] of chance.entries()) {
    t.true(Math.abs(value - 0.25) < 0.05, `${value}`);
    t.true(right[bin]! > 0.4, `${right[bin]}`);
  }
});

test('distances of two sketches are those of their samples', (t) => {
  const rng = new Rng(5);
  const draw = (count: number, mean: number, width: number) =>
    Float64Array.from({ length: count }, () => mean + width * rng.normal());
  for (const [one, other] of [
    [draw(20_000, 0, 30), draw(30_000, 0, 36)],
    [draw(20_000, 80, 2), draw(20_000, 81, 2)],
    [draw(10_000, -1, 1), draw(20_000, 1, 1)],
  ] as const) {
    const sketches = [one, other].map((values) => {
      const sketch = new QuantileSketch();
      for (const value of values) sketch.add(value, 0.5);
      return sketch;
    });
    const { wasserstein, ks } = sketches[0]!.distancesTo(sketches[1]!);
    const [sorted, sortedKs] = [wassersteinDistance(one, other), ksStatistic(one, other)];
    t.true(Math.abs(wasserstein - sorted) < 0.02 * sorted, `${wasserstein}, by sorting ${sorted}`);
    t.true(Math.abs(ks - sortedKs) < 0.02 && ks <= sortedKs + 1e-9, `${ks}, by sorting ${sortedKs}`);
    t.deepEqual(sketches[0]!.distancesTo(sketches[0]!), { wasserstein: 0, ks: 0 });
  }
});

test('a sketch gives quantiles to 1 %, and the errors that normal samples have', (t) => {
  const rng = new Rng(3);
  const values = Array.from({ length: 20_000 }, () => 5 + 2 * rng.normal());
  const sketch = new QuantileSketch();
  for (const value of values) sketch.add(value);
  const sorted = values.toSorted((a, b) => a - b);
  for (const share of [0.01, 0.1, 0.5, 0.9, 0.99]) {
    const exact = sorted[Math.floor(share * values.length)]!;
    t.true(Math.abs(sketch.quantile(share) - exact) < 0.01 * Math.abs(exact) + 0.01, `${share}`);
  }
  // sqrt(pi / 2) sigma / sqrt(n), and 0.962 sigma / sqrt(n) from the covariance of two quantiles.
  t.true(Math.abs((sketch.median().error * Math.sqrt(values.length)) / 2 / Math.sqrt(Math.PI / 2) - 1) < 0.05);
  t.true(Math.abs((sketch.coreWidth().error * Math.sqrt(values.length)) / 2 / 0.962 - 1) < 0.1);
});

test('numbers of either sign and of negative weight have their place in a sketch', (t) => {
  const sketch = new QuantileSketch();
  for (const [value, weight] of [
    [-3, 1],
    [0, 1],
    [7, 1],
    [2, 1],
    [7, -1],
  ] as const)
    sketch.add(value, weight);
  t.true(Math.abs(sketch.quantile(0.1) + 3) < 0.03);
  t.is(sketch.quantile(0.5), 0);
  t.true(Math.abs(sketch.quantile(0.9) - 2) < 0.02);
  t.is(sketch.effectiveCount, 9 / 5);
});

import { Rng } from '@unfold-zoo/core';
import { TtbarGenerator } from '@unfold-zoo/data';
import test from 'ava';
import { fixture } from '../fixtures.js';
import { columnsOf, observables } from './generator-observables.js';

interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly sd: number;
  readonly quantiles: readonly [q5: number, q16: number, median: number, q84: number, q95: number];
}

// Bounds are on the model, which is a sketch of Pythia and a detector. The statistical errors of 20,000 events are
// several times smaller: 0.7 % of a median, 0.5 % of a width, 0.0035 of a share.
const EVENTS = 20_000;
const reference = fixture<{ observables: Record<string, Summary> }>('generator/pythia-reference.json').observables;
const generator = new TtbarGenerator(new Rng(2024));
const generated = observables(columnsOf(generator.generate(EVENTS)));

function median(name: string): number {
  const sorted = generated[name]!.toSorted();
  return sorted[Math.floor((sorted.length - 1) / 2)]!;
}

function mean(name: string): number {
  return generated[name]!.reduce((sum, x) => sum + x, 0) / generated[name]!.length;
}

function sd(name: string): number {
  const centre = mean(name);
  return Math.sqrt(generated[name]!.reduce((sum, x) => sum + (x - centre) ** 2, 0) / generated[name]!.length);
}

const momenta = Object.keys(reference).filter((name) =>
  /^(leptonic|hadronic|neutrino|lepton|q1|q2|pair).*pT$/.test(name),
);
const measured = ['pair mass', 'jet 1 pT', 'jet 2 pT', 'jet 3 pT', 'missing pT', 'observed lepton pT'];

test('medians of momenta are within 4 % of those of Pythia', (t) => {
  for (const name of [...momenta, ...measured]) {
    const ratio = median(name) / reference[name]!.quantiles[2];
    t.true(Math.abs(ratio - 1) < 0.04, `${name}: ${ratio}`);
  }
});

test('widths of momenta are within 10 % of those of Pythia', (t) => {
  for (const name of [...momenta, ...measured, 'jet 4 pT', 'pair |y|', 'jet |eta|']) {
    const ratio = sd(name) / reference[name]!.sd;
    t.true(Math.abs(ratio - 1) < 0.1, `${name}: ${ratio}`);
  }
});

test('resonances peak where they do in Pythia', (t) => {
  for (const side of ['leptonic', 'hadronic']) {
    t.true(Math.abs(median(`${side} t mass`) - 173.0) < 0.1);
    t.true(Math.abs(median(`${side} W mass`) - 80.45) < 0.1);
  }
  for (const name of ['reconstructed W mass', 'reconstructed t mass']) {
    t.true(Math.abs(median(name) / reference[name]!.quantiles[2] - 1) < 0.02, `${name}: ${median(name)}`);
  }
});

test('multiplicities of jets and tags are those of Pythia within 0.03', (t) => {
  for (const n of [4, 5, 6, 7]) {
    const name = `${n} jets share`;
    t.true(Math.abs(mean(name) - reference[name]!.mean) < 0.03, `${name}: ${mean(name)}`);
  }
  t.true(Math.abs(mean('b tags') - reference['b tags']!.mean) < 0.03);
});

test('tag rates of b, c and light jets are those of Pythia within 0.02', (t) => {
  for (const flavour of ['b', 'c', 'light']) {
    const name = `${flavour} jet tagged share`;
    t.true(Math.abs(mean(name) - reference[name]!.mean) < 0.02, `${name}: ${mean(name)}`);
  }
});

test('gluon fusion makes as many of the selected events as in Pythia, within 0.02', (t) => {
  t.true(Math.abs(mean('gg share') - reference['gg share']!.mean) < 0.02);
});

test('between 40 and 46 % of the leptons are electrons, and 12.5 to 15 % of the events are selected', (t) => {
  t.true(mean('electron share') > 0.4 && mean('electron share') < 0.46);
  const { selected, generated: all } = generator.counters;
  t.true(selected / all > 0.125 && selected / all < 0.15);
});

test('jets are matched to quarks as often as in Pythia, within 0.03', (t) => {
  for (const quark of ['leptonic b', 'hadronic b', 'q1', 'q2', 'all']) {
    const name = `${quark} matched share`;
    t.true(Math.abs(mean(name) - reference[name]!.mean) < 0.03, `${name}: ${mean(name)}`);
  }
});

test('missing momentum is measured as well as in Pythia, within 10 %', (t) => {
  const name = 'missing px - neutrino px';
  const halfWidth = (sorted: Float64Array) =>
    (sorted[Math.floor(0.84 * sorted.length)]! - sorted[Math.floor(0.16 * sorted.length)]!) / 2;
  const expected = (reference[name]!.quantiles[3] - reference[name]!.quantiles[1]) / 2;
  t.true(Math.abs(halfWidth(generated[name]!.toSorted()) / expected - 1) < 0.1);
});

import {
  PUBLISHED_COMPONENTS,
  PUBLISHED_MODELS,
  PUBLISHED_PARTICLES,
  PUBLISHED_TOTALS,
  type PublishedRow,
} from '@unfold-zoo/report';
import test from 'ava';
import { fixture } from '../fixtures.js';

/** Tables as they were read from the paper's text: rows by the paper's own names. */
type PaperTable = { readonly rows: Readonly<Record<string, Readonly<Record<string, number>>>> };
const { tables } = fixture<{ tables: Readonly<Record<string, PaperTable>> }>('paper/published-tables.json');

const METRIC_KEYS = {
  Wasserstein: 'wasserstein',
  Energy: 'energy',
  'K-S': 'ks',
  KL64: 'kl64',
  KL128: 'kl128',
  KL256: 'kl256',
};
const PARTICLE_ROWS = {
  leptonic_b: 'Leptonic b',
  neutrino: 'Leptonic \\nu_e / \\nu_\\mu',
  charged_lepton: 'Leptonic e / \\mu',
  hadronic_b: 'Hadronic b',
  hadronic_q1: 'Hadronic q_1',
  hadronic_q2: 'Hadronic q_2',
  leptonic_W: 'Leptonic W',
  hadronic_W: 'Hadronic W',
  leptonic_top: 'Leptonic t',
  hadronic_top: 'Hadronic t',
  ttbar: 't\\bar{t} System',
};

const rowOf = (table: string, row: string): number[] =>
  PUBLISHED_MODELS.map((model) => tables[table]!.rows[row]![model]!);

test("the published totals are the paper's Table 1", (t) => {
  const expected = Object.fromEntries(
    Object.entries(METRIC_KEYS).map(([metric, key]) => [
      metric,
      PUBLISHED_MODELS.map((model) => tables['1']!.rows[model]![key]!),
    ]),
  );
  t.deepEqual(PUBLISHED_TOTALS, expected);
  t.deepEqual(Object.keys(tables['1']!.rows), [...PUBLISHED_MODELS]);
});

for (const [i, metric] of ['Wasserstein', 'Energy', 'K-S', 'KL128'].entries()) {
  test(`the published ${metric} distances by particle are the paper's Table ${3 + i}`, (t) => {
    const table = String(3 + i);
    const expected = Object.entries(PARTICLE_ROWS).map(([name, row]): [string, PublishedRow] => [
      name,
      rowOf(table, row),
    ]);
    t.deepEqual(PUBLISHED_PARTICLES[metric], Object.fromEntries(expected));
    t.is(Object.keys(tables[table]!.rows).length, expected.length);
  });

  test(`the published ${metric} distances by component are the paper's Table ${7 + i}`, (t) => {
    const table = String(7 + i);
    const expected = Object.keys(tables[table]!.rows).map((row): [string, PublishedRow] => [row, rowOf(table, row)]);
    t.deepEqual(PUBLISHED_COMPONENTS[metric], Object.fromEntries(expected));
  });
}

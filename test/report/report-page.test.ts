import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventSpec, Rng } from '@unfold-zoo/core';
import { QUANTITIES } from '@unfold-zoo/core/events';
import type { Table } from '@unfold-zoo/core/findings';
import { evaluateDistances, partonColumns } from '@unfold-zoo/metrics';
import { type ReportContent, writeReportFiles } from '@unfold-zoo/report';
import test from 'ava';
import { browserTest, visit } from './browser.js';

const spec: EventSpec = {
  name: 'two particles',
  particles: [
    { name: 'hadronic_top', label: 'Hadronic t' },
    { name: 'ttbar', label: 'tt̄ System' },
  ],
  inputs: {},
  figures: {
    distributions: (['mass', 'pt', 'eta'] as const).map((quantity) => ({ particle: 'hadronic_top', quantity })),
    correlations: [
      [
        { particle: 'ttbar', quantity: 'mass' },
        { particle: 'hadronic_top', quantity: 'pt' },
      ],
    ],
  },
};

function columns(name: string) {
  const rng = new Rng(5).fork(name);
  const width = spec.particles.length * QUANTITIES.length;
  return partonColumns(
    spec,
    Float32Array.from({ length: 100 * width }, () => rng.normal()),
  );
}

const truth = columns('truth');
const models = ['VLD', 'LDM', 'CINN', 'CVAE'].map((label) => {
  const predicted = columns(label);
  const distances = evaluateDistances({ spec, truth, predicted, rng: new Rng(1), bootstrap: { replicas: 2 } });
  return { label, columns: predicted, distances };
});

const ranking: Table = {
  title: 'Ranking',
  heading: 'Model',
  columns: [{ label: 'Distance', origin: 'model' }],
  rows: [
    { label: 'b', origin: 'model', cells: ['1,200.5 ± 3'] },
    { label: 'a', origin: 'model', cells: ['−7 ± 900'] },
    { label: 'd', origin: 'paper', cells: ['-'] },
    { label: 'c', origin: 'model', cells: ['95 ± 1'] },
    { label: 'all', origin: 'sum', cells: ['5'] },
  ],
  notes: [],
};

const content: ReportContent = {
  title: 'Benchmark',
  spec,
  truth,
  models,
  figures: 'all',
  ranking,
  failures: [{ label: 'broken', reason: 'diverged at step 3: <NaN>' }],
  timings: { ...ranking, title: 'Timings' },
  schedules: [{ label: 'VLD', t: [0, 1], gamma: [-13, 5], slope: [18, 18] }],
  configuration: [
    { label: 'VLD', yaml: 'model: { kind: vld }' },
    { label: 'LDM', yaml: 'model: { kind: ldm }' },
  ],
};

function page(of: ReportContent): string {
  const folder = mkdtempSync(join(tmpdir(), 'unfold-page-'));
  try {
    writeReportFiles(folder, of);
    return readFileSync(join(folder, 'index.html'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const html = page(content);

test('the ranking stands first, then what failed and why', (t) => {
  const ids = [...html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
  const expected = ['ranking', 'failures', 'distances', 'distributions', 'correlations', 'schedules', 'timings'];
  t.deepEqual(ids, [...expected, 'configuration']);
  t.true(html.includes('diverged at step 3: &lt;NaN&gt;'));
  for (const id of ids) t.true(html.includes(`href="#${id}"`), id);
});

test('without a script every figure, table and configuration is in the page', (t) => {
  const [still] = html.split('<script>');
  // Each particle and quantity, highlights once more, a pair and the matrix in one each, and the schedule.
  t.is(still!.match(/<figure[ >]/g)!.length, 16 + 3 + 1 + 1 + 1);
  t.is(still!.match(/<table/g)!.length, 2 + 9);
  t.true(still!.includes('model: { kind: ldm }'));
  t.false(/<button|<select|<input/.test(still!));
});

test('parts that a report lacks leave no heading', (t) => {
  const bare = page({ title: 'One', spec, truth, models: models.slice(0, 1), correlations: [] });
  for (const id of ['ranking', 'failures', 'correlations', 'training', 'schedules', 'timings', 'configuration'])
    t.false(bare.includes(`id="${id}"`), id);
});

browserTest('a heading sorts its table up, then down, by number, with sums and empty cells at the end', (t) => {
  const script = `
    const table = document.querySelector('#ranking table');
    const names = () => [...table.tBodies[0].rows].map((row) => row.cells[0].textContent).join(' ');
    const seen = [names()];
    const [byName, byDistance] = table.tHead.querySelectorAll('button');
    for (const button of [byDistance, byDistance, byName]) {
      button.focus();
      button.click();
      const sorts = [...table.tHead.rows[0].cells].map((cell) => cell.getAttribute('aria-sort') ?? '-');
      seen.push(names() + ' ' + sorts.join(' '));
    }
    return seen;`;
  t.deepEqual(visit(t, html, script).result, [
    'b a d c all',
    'a c b d all - ascending',
    'b c a d all - descending',
    'a b c d all ascending -',
  ]);
});

browserTest('figures are grouped by particle or by quantity, none is lost, and a model can be hidden', (t) => {
  const script = `
    const groups = () => [...document.querySelectorAll('#browser summary')].map((each) => each.textContent);
    const before = groups();
    const select = document.getElementById('group');
    select.value = 'quantity';
    select.dispatchEvent(new Event('change'));
    const line = document.querySelector('#distributions figure .series-1');
    const display = () => getComputedStyle(line).display;
    const shown = display();
    document.querySelectorAll('#distributions input')[1].click();
    const figures = document.querySelectorAll('#browser figure').length;
    return { before, after: groups(), figures, shown, hidden: display() };`;
  const { result } = visit(t, html, script);
  t.deepEqual(result, {
    before: ['Hadronic t (8)', 'tt̄ System (8)'],
    after: ['mass', 'pt', 'eta', 'phi', 'energy', 'px', 'py', 'pz'].map((name) => `${name} (2)`),
    figures: 16,
    shown: 'inline',
    hidden: 'none',
  });
});

browserTest('a page requests nothing from anywhere, and its policy stops what is put into it', (t) => {
  const still = visit(t, html, 'return performance.getEntriesByType("resource").length;');
  t.is(still.result, 0);
  t.deepEqual(still.requests, []);
  const stray = (from: string): readonly string[] => {
    const image = from.replace('<main>', '<main><img src="http://stray.invalid/stray.png">');
    return visit(t, image, 'return 0;').requests;
  };
  t.deepEqual(stray(html), []);
  // Without the policy it would be asked for, so the log does see requests.
  t.deepEqual(stray(html.replace(/<meta http-equiv[^>]*>/, '')), ['http://stray.invalid/stray.png']);
});

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventSpec, Rng } from '@unfold-zoo/core';
import { QUANTITIES } from '@unfold-zoo/core/events';
import { evaluateDistances, type PartonColumns, partonColumns } from '@unfold-zoo/metrics';
import { allFigures, highlights, type ReportContent, writeReportFiles } from '@unfold-zoo/report';
import test from 'ava';
import { xmlText } from './well-formed-xml.js';

const spec: EventSpec = {
  name: 'two <tops>',
  particles: [
    { name: 'hadronic_top', label: 'Hadronic t' },
    { name: 'b_quark', label: 'b_1 & "b"' },
  ],
  inputs: {},
  figures: { distributions: [{ particle: 'hadronic_top', quantity: 'mass' }], correlations: [] },
};

function partons(name: string, count: number): PartonColumns {
  const rng = new Rng(3).fork(name);
  const width = spec.particles.length * QUANTITIES.length;
  // The second particle's mass never varies.
  const values = Float32Array.from({ length: count * width }, (_, i) => (i % width === 5 ? 4.7 : rng.normal()));
  return partonColumns(spec, values);
}

const truth = partons('truth', 120);
const predicted = partons('predicted', 120);
const distances = evaluateDistances({ spec, truth, predicted, rng: new Rng(1), bootstrap: { replicas: 2 } });
const content: ReportContent = {
  title: 'VLD & friends <1>',
  spec,
  truth,
  models: [
    { label: 'small <b>', columns: predicted, distances },
    { label: 'large', columns: truth, distances },
  ],
  training: [{ title: 'Loss', xTitle: 'Step', yTitle: 'Loss', series: [{ label: 'train', x: [0, 1], y: [2, 1] }] }],
  configuration: 'model: { kind: vld } # <x> & y',
};

function inFolder(check: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'unfold-report-'));
  try {
    check(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a report is a page that needs nothing else, tables, and pictures', (t) => {
  inFolder((folder) => {
    const files = writeReportFiles(join(folder, 'report'), content);
    for (const file of files) t.true(existsSync(file), file);
    const page = readFileSync(join(folder, 'report', 'index.html'), 'utf8');
    t.false(/<script [^>]*src|<link|<img|src=|@import|url\(/.test(page));
    // The namespace of SVG is a name, not something to load.
    t.deepEqual([...new Set(page.match(/https?:[^"]*/g))], ['http://www.w3.org/2000/svg']);
    for (const text of ['VLD &amp; friends &lt;1&gt;', 'small &lt;b&gt;', '# &lt;x&gt; &amp; y'])
      t.true(page.includes(text));
    t.is(page.match(/<figure/g)!.length, highlights(spec).length + 1);
    const body = page.slice(page.indexOf('<body'), page.indexOf('</html>')).trim();
    t.notThrows(() => xmlText(body.replace(/<script>[\s\S]*<\/script>/, '')));
    t.false(/NaN|undefined/.test(body.replace(/<script>[\s\S]*<\/script>/, '')));
  });
});

test('a report of all figures has one for each particle and quantity', (t) => {
  inFolder((folder) => {
    writeReportFiles(folder, { ...content, figures: 'all' });
    const pictures = readdirSync(join(folder, 'figures')).filter((file) => !file.startsWith('training'));
    // 16 distributions, a page for each of the two particles, and the matrix of correlations.
    t.is(pictures.length, 19);
    for (const file of pictures) t.notThrows(() => xmlText(readFileSync(join(folder, 'figures', file), 'utf8').trim()));
  });
});

test('what evaluators found stands in page, tables, figures and JSON; without any there is no heading', (t) => {
  const table = {
    title: 'Another <method>',
    heading: 'Bin',
    columns: [{ label: 'Truth', origin: 'model' as const }],
    rows: [{ label: 'first', origin: 'model' as const, cells: ['12.5'] }],
    notes: [],
  };
  const svg = '<svg xmlns="http://www.w3.org/2000/svg"><title>Bias</title></svg>';
  const figure = { name: 'bias', title: 'Bias & width', caption: 'Zero is right.', svg };
  const text = 'too wide by a factor of 1.8';
  const verdict = { quantity: 'Lepton px', diagnostic: 'calibration', status: 'bad', badness: 0.8, text } as const;
  inFolder((folder) => {
    const written = (findings: ReportContent['findings']) => {
      writeReportFiles(folder, { ...content, ...(findings && { findings }) });
      const files = ['index.html', 'tables.md', 'distances.json'];
      return files.map((file) => readFileSync(join(folder, file), 'utf8')) as [string, string, string];
    };
    const [page, tables, json] = written({ tables: [table], figures: [figure, figure], verdicts: [verdict] });
    t.regex(page, /id="evaluations"(.|\n)*Another &lt;method&gt;(.|\n)*12\.5/);
    t.regex(tables, /\| first \| 12\.5 \|/);
    t.regex(page, /<figcaption><strong>Bias &amp; width\.<\/strong> Zero is right\./);
    t.regex(page, /Lepton px(.|\n)*too wide by a factor of 1\.8/);
    t.is(readFileSync(join(folder, 'figures/evaluation-bias.svg'), 'utf8'), `${figure.svg}\n`);
    t.true(existsSync(join(folder, 'figures/evaluation-bias-2.svg')));
    t.deepEqual(JSON.parse(json).evaluations, [table]);
    t.deepEqual(JSON.parse(json).verdicts, [verdict]);
    const [pageWithout, , jsonWithout] = written(undefined);
    t.false(pageWithout.includes('id="evaluations"'));
    t.false('evaluations' in JSON.parse(jsonWithout));
  });
});

test('a report written again leaves no other files', (t) => {
  inFolder((folder) => {
    const first = writeReportFiles(folder, content);
    const second = writeReportFiles(folder, content);
    t.deepEqual(first, second);
    t.is(readdirSync(folder, { recursive: true }).length, first.length + 1);
  });
});

test('a report that cannot be written says where and why', (t) => {
  inFolder((folder) => {
    writeFileSync(join(folder, 'file'), '');
    t.throws(() => writeReportFiles(join(folder, 'file'), content), { name: 'UserError', message: /file/ });
  });
});

test('highlights come first, and every figure once', (t) => {
  const all = allFigures(spec);
  t.is(all.length, 16);
  t.is(new Set(all.map(({ particle, quantity }) => `${particle} ${quantity}`)).size, 16);
  t.deepEqual(all[0], { particle: 0, quantity: 'mass' });
});

test('a report needs a model', (t) => {
  inFolder((folder) => {
    t.throws(() => writeReportFiles(folder, { ...content, models: [] }), {
      name: 'UserError',
      message: /^missing models/,
    });
  });
});

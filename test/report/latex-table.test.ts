import type { Table } from '@unfold-zoo/core/findings';
import { latexTable, latexText } from '@unfold-zoo/report';
import test from 'ava';

const table: Table = {
  title: 'K-S by particle & component, 100 %',
  heading: 'Particle',
  columns: [
    { label: 'my_model', origin: 'model' },
    { label: 'VLD†', origin: 'paper' },
  ],
  rows: [
    { label: 'Hadronic q₁', origin: 'model', cells: ['1.00 ± 0.10', '2.00'], best: [true, false] },
    { label: 'tt̄ System', origin: 'model', cells: ['3.00 ± 0.10', '2.00'], best: [false, false] },
    { label: 'Total', origin: 'sum', cells: ['4.00 ± 0.14', '4.00'] },
  ],
  notes: ['± is one {standard} error.'],
};

test('every special character of LaTeX is escaped', (t) => {
  t.is(latexText('a_b & 50 % #1 $x {y}'), 'a\\_b \\& 50 \\% \\#1 \\$x \\{y\\}');
  t.is(latexText('\\input{x}'), '\\textbackslash{}input\\{x\\}');
  t.is(latexText('x^2 ~ <y>'), 'x\\textasciicircum{}2 \\textasciitilde{} \\textless{}y\\textgreater{}');
});

test("the labels of the paper's particles become mathematics", (t) => {
  t.is(latexText('Leptonic ν'), 'Leptonic \\ensuremath{\\nu}');
  t.is(latexText('Leptonic e/μ'), 'Leptonic e/\\ensuremath{\\mu}');
  t.is(latexText('Hadronic q₂'), 'Hadronic q\\ensuremath{_{2}}');
  t.is(latexText('tt̄ System'), 't\\ensuremath{\\bar{t}} System');
});

test('letters with accents of other languages stay what they are', (t) => {
  t.is(latexText('Müller é'), 'Müller é');
});

test('a table is balanced: braces, environments, and as many cells in each row as there are columns', (t) => {
  const latex = latexTable(table, 'table:ks');
  const unescaped = latex.replace(/\\[{}&]/g, '');
  t.is(unescaped.split('{').length, unescaped.split('}').length);
  for (const name of ['table', 'tabular'])
    t.is(latex.split(`\\begin{${name}}`).length, latex.split(`\\end{${name}}`).length);
  const rows = unescaped.split('\n').filter((line) => line.endsWith('\\\\'));
  t.is(rows.length, 1 + table.rows.length);
  for (const row of rows) t.is(row.split('&').length, 1 + table.columns.length);
  t.true(latex.includes('\\begin{tabular}{lrr}'));
  t.true(latex.includes('\\label{table:ks}'));
});

test('booktabs rules it, with one more rule before the sum', (t) => {
  const rules = latexTable(table)
    .split('\n')
    .filter((line) => line.endsWith('rule'));
  t.deepEqual(rules, ['\\toprule', '\\midrule', '\\midrule', '\\bottomrule']);
});

test('the best value is bold, and no other', (t) => {
  const bold = latexTable(table).match(/\\textbf\{[^&]*\}/g);
  t.deepEqual(bold, ['\\textbf{\\boldmath 1.00 \\ensuremath{\\pm} 0.10}']);
});

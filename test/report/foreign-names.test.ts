import type { Table } from '@unfold-zoo/core/findings';
import { printable } from '@unfold-zoo/core/printable';
import { latexTable, markdownTable } from '@unfold-zoo/report';
import test from 'ava';

const HOSTILE = 'a\u001b[2Jb\r\n| c | <img src=x> [d](javascript:e) `f` \\input{g} _h_';

const table: Table = {
  title: HOSTILE,
  heading: 'Model',
  columns: [{ label: HOSTILE, origin: 'model' }],
  rows: [{ label: HOSTILE, origin: 'model', cells: [HOSTILE] }],
  notes: [HOSTILE],
};

test('a terminal is shown the codes that it would obey, and letters of all languages as they are', (t) => {
  t.is(printable('a\u001b[2J\u009b1m\u0007\u202eb'), 'a\\u001b[2J\\u009b1m\\u0007\\u202eb');
  for (const text of ['p\tq\n', 'Grüße τ̄ν 顶夸克 ✓', '═══ 5 ± 1']) t.is(printable(text), text);
});

test('JSON made printable is JSON of the same values', (t) => {
  const value = { [HOSTILE]: '\u009b\u202e' };
  t.deepEqual(JSON.parse(printable(JSON.stringify(value))), value);
});

test('names of others stay in their cell of a Markdown table, and are no markup', (t) => {
  const text = markdownTable(table);
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  t.is(rows.length, 3);
  for (const row of rows) t.is(row.match(/(?<!\\)\|/g)?.length, 3);
  t.notRegex(text, /(?<!\\)[<`[]/);
});

test('names of others are no commands of LaTeX, and end no line of a table', (t) => {
  const text = latexTable(table);
  t.notRegex(text, /\\input/);
  t.false(text.includes('\u001b') || text.includes('\r'));
  t.is(text.split('\n').filter((line) => line.includes('textbackslash')).length, 4);
});

import type { ColumnSummary } from '@unfold-zoo/data';
import { textTable } from '@unfold-zoo/report';
import type { TableInspection } from '@unfold-zoo/runs';

const HEAD = ['column', 'type', 'shape', 'entries', 'min', 'max', 'mean', 'not finite', 'filled'];

/** The columns of a file, for people. */
export function tableText({ path, format, rows, inspected, columns, notes }: TableInspection): string {
  const looked = inspected < rows ? `, the first ${inspected} looked at` : '';
  return [
    `${path}: ${rows} rows of ${columns.length} columns (kind: ${format})${looked}`,
    ...notes.map((note) => `note: ${note}`),
    '',
    ...textTable([HEAD, ...columns.map(rowOf)], { leftColumns: 3 }),
    '',
  ].join('\n');
}

function rowOf({ name, type, length, shape, problem, ...summary }: ColumnSummary): string[] {
  const axes = `(${[length, ...shape].join(', ')})`;
  if (problem) return [name, type, axes, problem, '', '', '', '', ''];
  const { entries, min, max, mean, notFinite, filled } = summary;
  return [
    ...[name, type, axes, ...[shape.length > 0 ? entries : null, min, max, mean].map(significant)],
    ...[notFinite, filled].map((share) => (share ? `${Number((100 * share).toPrecision(2))} %` : '')),
  ];
}

function significant(value: number | null): string {
  return value === null ? '' : String(Number(value.toPrecision(4)));
}

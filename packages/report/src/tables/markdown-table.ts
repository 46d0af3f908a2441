import type { Table } from '@unfold-zoo/core';

/** A table in Markdown, notes below it, the best of our models bold. */
export function markdownTable({ title, heading, columns, rows, notes }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    `### ${title}`,
    '',
    line([heading, ...columns.map(({ label }) => label)]),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map(({ label, cells, best }) =>
      line([label, ...cells.map((cell, i) => (best?.[i] ? `**${cell}**` : cell))]),
    ),
    '',
    ...notes.map((note) => `- ${note}`),
    '',
  ].join('\n');
}

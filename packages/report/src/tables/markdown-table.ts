import type { Table } from '@unfold-zoo/core/findings';

/** Text as Markdown prints it: what would be markup escaped, in one line. */
export function markdownText(text: string): string {
  return text.replace(/[\\`*_[\]<>|~#]/g, '\\$&').replace(/\s+/g, ' ');
}

/** A table in Markdown, notes below it, the best of our models bold. */
export function markdownTable({ title, heading, columns, rows, notes }: Table): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `### ${markdownText(title)}`,
    '',
    line([heading, ...columns.map(({ label }) => label)].map(markdownText)),
    line(['---', ...columns.map(() => '---:')]),
    ...rows.map(({ label, cells, best }) =>
      line([markdownText(label), ...cells.map(markdownText).map((cell, i) => (best?.[i] ? `**${cell}**` : cell))]),
    ),
    '',
    ...notes.map((note) => `- ${markdownText(note)}`),
    '',
  ].join('\n');
}

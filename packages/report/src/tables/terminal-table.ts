import type { Table } from '@unfold-zoo/core/findings';
import { textTable, textWidth } from './text-table.js';

/** A table as aligned text, for a terminal. */
export function terminalTable({ title, heading, columns, rows, notes }: Table): string {
  const [head, ...body] = textTable([
    [heading, ...columns.map(({ label }) => label)],
    ...rows.map(({ label, cells }) => [label, ...cells]),
  ]);
  const rule = '─'.repeat(Math.max(...[head!, ...body].map(textWidth)));
  const lines = rows.flatMap(({ origin }, i) => {
    const parts = i > 0 && origin !== rows[i - 1]!.origin ? [rule] : [];
    return [...parts, body[i]!];
  });
  return [title, rule, head!, rule, ...lines, rule, ...notes, ''].join('\n');
}

/** Rows of text with their columns lined up, two spaces apart; the last column is as long as it likes. */
export function textTable(rows: readonly (readonly string[])[], indent = ''): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, i) => (i === columns - 1 ? cell : cell.padEnd(widths[i]!)));
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

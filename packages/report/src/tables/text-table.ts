/** How `textTable` lays rows out. */
export interface TextTableLayout {
  /** Before every row; nothing unless given. */
  readonly indent?: string;
  /** Columns that begin at the left, the others end at the right; 1 unless given. */
  readonly leftColumns?: number;
}

/** Rows of text with their columns lined up, two spaces apart, and no space at the end. */
export function textTable(
  rows: readonly (readonly string[])[],
  { indent = '', leftColumns = 1 }: TextTableLayout = {},
): string[] {
  const widths = columnWidths(rows);
  return rows.map((row) => {
    const cells = row.map((cell, i) => pad(cell, widths[i]!, i < leftColumns ? 'after' : 'before'));
    return `${indent}${cells.join('  ')}`.trimEnd();
  });
}

/** Letters of the widest cell of each column. */
function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  return Array.from({ length: columns }, (_, i) => Math.max(...rows.map((row) => textWidth(row[i] ?? ''))));
}

/** Letters of a text; accents that combine with the letter before them take no place of their own. */
export function textWidth(text: string): number {
  return [...text.replace(/\p{M}/gu, '')].length;
}

function pad(text: string, width: number, where: 'before' | 'after'): string {
  const space = ' '.repeat(Math.max(width - textWidth(text), 0));
  return where === 'before' ? space + text : text + space;
}

import { UserError } from '@unfold-zoo/core';

const BLOCKS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const;
const FULL = '█';
/** Columns of the longest bar in a terminal of 80. */
const DEFAULT_WIDTH = 40;

/**
 * A histogram as text, one bin a line: its lower edge, a bar of up to `width` columns, its count.
 * @throws UserError unless there is one edge more than there are counts.
 */
export function terminalHistogram(
  counts: ArrayLike<number>,
  edges: ArrayLike<number>,
  { label, unit = '', width = DEFAULT_WIDTH }: { label: string; unit?: string; width?: number },
): string {
  if (edges.length !== counts.length + 1)
    throw new UserError(`invalid edges of ${label}: expected ${counts.length + 1}, got ${edges.length}`);
  const list = Array.from(counts);
  const highest = Math.max(0, ...list);
  const names = edgeNames(Array.from(edges));
  const column = Math.max(...names.map((name) => name.length));
  const lines = list.map((count, bin) => {
    const bar = highest > 0 ? barOf((count / highest) * width) : '';
    return `${names[bin]!.padStart(column)} ┤${bar} ${Number.isInteger(count) ? count : count.toPrecision(4)}`;
  });
  return [unit ? `${label} [${unit}]` : label, ...lines, `${names.at(-1)!.padStart(column)} ┘`, ''].join('\n');
}

function barOf(columns: number): string {
  const eighths = Math.round(8 * Math.max(columns, 0));
  return FULL.repeat(Math.floor(eighths / 8)) + BLOCKS[eighths % 8]!;
}

/** Edges with as many decimals as tell neighbours apart. */
function edgeNames(edges: readonly number[]): string[] {
  const smallest = Math.min(...edges.slice(1).map((edge, i) => edge - edges[i]!));
  const decimals = Math.min(Math.max(0, 1 - Math.floor(Math.log10(smallest))), 12);
  const names = edges.map((edge) => edge.toFixed(decimals));
  return names.every((name) => /\.\d*0$/.test(name)) ? trimZeros(names) : names;
}

function trimZeros(names: readonly string[]): string[] {
  const shorter = names.map((name) => name.replace(/\.?0$/, ''));
  return shorter.every((name) => /\.\d*0$/.test(name)) ? trimZeros(shorter) : shorter;
}

import type { Box } from './frame.js';
import type { LineStyle } from './palette.js';
import { element, plainText } from './svg.js';

/** One line of a legend: a line of that style, or a filled box. */
export interface LegendEntry {
  readonly label: string;
  readonly style: LineStyle | 'filled';
}

const ROW = 16;
const KEY = 30;
/** Mean width of a letter at 12 pixels; Helvetica's capitals are wider, its i and l narrower. */
const LETTER = 6.9;
/** Letters that fit in the width of a panel, in one column and in two. */
const MOST_LETTERS = [50, 23] as const;
/** More entries than this stand in two columns. */
const LONG_COLUMN = 4;

/** Room that a legend takes at the top of a panel. */
export interface LegendLayout {
  readonly height: number;
  readonly width: number;
  readonly columns: number;
}

/** Measures a legend. */
export function legendLayout(entries: readonly LegendEntry[]): LegendLayout {
  const columns = entries.length > LONG_COLUMN ? 2 : 1;
  const letters = Math.max(0, ...entries.map(({ label }) => [...shortened(label, columns)].length));
  return { columns, height: Math.ceil(entries.length / columns) * ROW, width: columns * (KEY + 8 + LETTER * letters) };
}

/** Draws a legend in the upper left or right corner of a box. */
export function legend(entries: readonly LegendEntry[], box: Box, side: 'left' | 'right'): string {
  const { columns, width } = legendLayout(entries);
  const rows = Math.ceil(entries.length / columns);
  const left = side === 'left' ? box.left + 14 : box.right - width - 10;
  return entries
    .map(({ label, style }, i) => {
      const x = left + Math.floor(i / rows) * (width / columns);
      const y = box.top + 18 + (i % rows) * ROW;
      return key(x, y, style) + plainText(x + KEY, y + 4, shortened(label, columns));
    })
    .join('\n');
}

function key(x: number, y: number, style: LineStyle | 'filled'): string {
  if (style === 'filled')
    return element('rect', { x, y: y - 4, width: 24, height: 8, fill: '#d9d9d9', stroke: 'black' });
  const line = { x1: x, x2: x + 24, y1: y, y2: y, stroke: style.color, 'stroke-width': 2 };
  return element('line', { ...line, 'stroke-dasharray': style.dash });
}

function shortened(label: string, columns: number): string {
  const letters = [...label];
  const most = MOST_LETTERS[columns - 1]!;
  return letters.length <= most ? label : `${letters.slice(0, most - 1).join('')}…`;
}

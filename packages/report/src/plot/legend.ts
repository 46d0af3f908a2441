import { type LineStyle, seriesClass } from './palette.js';
import { type Box, element, plainText } from './svg.js';

/** One line of a legend: a line of that style, or a filled box. */
export interface LegendEntry {
  readonly label: string;
  readonly style: LineStyle | 'filled';
  /** Number of the series it names, if a page may hide it. */
  readonly series?: number;
}

const ROW = 16;
const KEY = 30;
/** Mean width of a letter at 12 pixels in DejaVu Sans, the widest of the fonts a picture may be drawn with. */
const LETTER = 7.4;
/** Letters that fit in the width of a panel, in one column and in two. */
const MOST_LETTERS = [48, 22] as const;
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
    .map((each, i) => {
      const x = left + Math.floor(i / rows) * (width / columns);
      const y = box.top + 18 + (i % rows) * ROW;
      return entry(x, y, each, columns);
    })
    .join('\n');
}

/** Draws a legend in rows from a point on, as many entries in each as `width` holds. */
export function legendRows(entries: readonly LegendEntry[], x: number, y: number, width: number): string {
  const { step, perRow } = rowLayout(entries, width);
  return entries.map((each, i) => entry(x + (i % perRow) * step, y + ROW * Math.floor(i / perRow), each, 1)).join('\n');
}

/** Height of what `legendRows` draws. */
export function legendRowsHeight(entries: readonly LegendEntry[], width: number): number {
  return ROW * Math.ceil(entries.length / rowLayout(entries, width).perRow);
}

function rowLayout(entries: readonly LegendEntry[], width: number): { step: number; perRow: number } {
  const step = legendLayout(entries.slice(0, LONG_COLUMN)).width;
  const widest = Math.max(step, ...entries.map((each) => legendLayout([each]).width)) + 12;
  return { step: widest, perRow: Math.max(1, Math.floor(width / widest)) };
}

function entry(x: number, y: number, { label, style, series }: LegendEntry, columns: number): string {
  const drawn = key(x, y, style) + plainText(x + KEY, y + 4, shortened(label, columns));
  return series === undefined ? drawn : element('g', { class: seriesClass(series) }, drawn);
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

import { type LegendEntry, legendRows, legendRowsHeight } from './legend.js';
import { inset, picture, plainText } from './svg.js';

/** What `smallMultiples` draws. */
export interface SmallMultiples {
  readonly title: string;
  /** Pictures of one size, row by row. */
  readonly panels: readonly string[];
  readonly panel: { readonly width: number; readonly height: number };
  readonly columns: number;
  /** Of the one legend above all panels. */
  readonly entries: readonly LegendEntry[];
  /** A sentence below the legend. */
  readonly note?: string;
}

const MARGIN = 16;
const TITLE = 40;
const NOTE = 20;

/** Pictures side by side under a title and a legend. Returns SVG. */
export function smallMultiples({ title, panels, panel, columns, entries, note }: SmallMultiples): string {
  const width = Math.min(columns, Math.max(panels.length, 1)) * panel.width;
  const room = width - 2 * MARGIN;
  const legendTop = TITLE + 10;
  const noteTop = TITLE + (entries.length > 0 ? legendRowsHeight(entries, room) + 8 : 0);
  const top = noteTop + (note === undefined ? 0 : NOTE);
  const placed = panels.map((svg, i) =>
    inset(svg, (i % columns) * panel.width, top + Math.floor(i / columns) * panel.height),
  );
  return picture(width, top + Math.ceil(panels.length / columns) * panel.height, title, [
    plainText(MARGIN, 26, title, { 'font-size': 18, 'font-weight': 'bold' }),
    legendRows(entries, MARGIN, legendTop, room),
    ...(note === undefined ? [] : [plainText(MARGIN, noteTop + 12, note, { fill: '#444' })]),
    ...placed,
  ]);
}

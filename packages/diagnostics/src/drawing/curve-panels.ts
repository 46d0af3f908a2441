import {
  type Box,
  clipped,
  element,
  frame,
  type LegendEntry,
  linearAxis,
  lineStyle,
  path,
  picture,
  plainText,
  smallMultiples,
  xTitle,
  yTitle,
} from '@unfold-zoo/report/plot';

/** Points to be joined by a line. */
export interface Curve {
  /** Place of its style and of its label in the legend. */
  readonly style: number;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** A panel with curves over a grey band. */
export interface CurvePanel {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly band?: { readonly x: ArrayLike<number>; readonly low: ArrayLike<number>; readonly high: ArrayLike<number> };
  /** Straight lines from point to point. */
  readonly guide?: readonly (readonly [x: number, y: number])[];
}

/** Panels of one kind under one legend. */
export interface CurvePanels {
  readonly title: string;
  readonly note: string;
  readonly labels: readonly string[];
  readonly panels: readonly CurvePanel[];
  /** In the markup of `richText`. */
  readonly xTitle: string;
  readonly yTitle: string;
  /** Ends of the axes of all panels; y those of what is drawn, unless given. */
  readonly x?: readonly [number, number];
  readonly y?: readonly [number, number];
  /** `own`: axes of each panel are from what it shows itself. */
  readonly axes?: 'shared' | 'own';
}

const PANEL = { width: 330, height: 250 } as const;
const BOX: Box = { left: 70, right: 318, top: 30, bottom: 202 };
const MOST_COLUMNS = 4;
const BAND = '#dcdcdc';

/** Curves in panels side by side, all with the same axes. Returns SVG. */
export function curvePanels(all: CurvePanels): string {
  const { title, note, labels, panels } = all;
  const entries: LegendEntry[] = labels.map((label, i) => ({ label, style: lineStyle(i), series: i }));
  const rangesOf = (shown: readonly CurvePanel[]) => ({
    x: all.x ?? rangeOf(shown, 'x'),
    y: all.y ?? rangeOf(shown, 'y'),
  });
  const shared = rangesOf(panels);
  return smallMultiples({
    title,
    note,
    entries: labels.length > 1 ? entries : [],
    panels: panels.map((panel) => curvePanel(panel, all, all.axes === 'own' ? rangesOf([panel]) : shared)),
    panel: PANEL,
    columns: Math.min(MOST_COLUMNS, Math.max(2, panels.length)),
  });
}

type Range = readonly [number, number];

function curvePanel({ title, curves, band, guide }: CurvePanel, titles: CurvePanels, ranges: { x: Range; y: Range }) {
  const x = linearAxis(ranges.x, [BOX.left, BOX.right], 5);
  const y = linearAxis(ranges.y, [BOX.bottom, BOX.top], 5);
  const line = (xs: ArrayLike<number>, ys: ArrayLike<number>) =>
    path(Array.from(xs, (at, i) => (Number.isFinite(ys[i]) ? ([x.at(at), y.at(ys[i]!)] as const) : undefined)));
  const drawn = curves.map(({ style, x: xs, y: ys }) => {
    const { color, dash } = lineStyle(style);
    const how = {
      class: `series-${style}`,
      fill: 'none',
      stroke: color,
      'stroke-width': 1.5,
      'stroke-dasharray': dash,
    };
    return element('path', { d: line(xs, ys), ...how });
  });
  const dashed = { fill: 'none', stroke: '#555', 'stroke-width': 1, 'stroke-dasharray': '3 3' };
  const guided = guide?.map(([at, to]) => [at, to] as const) ?? [];
  return picture(PANEL.width, PANEL.height, title, [
    plainText(BOX.left, 20, title, { 'font-size': 13, 'font-weight': 'bold' }),
    clipped(
      BOX,
      [
        ...(band ? [element('path', { d: bandPath(band, x.at, y.at), fill: BAND })] : []),
        ...(guide
          ? [
              element('path', {
                d: line(
                  guided.map(([at]) => at),
                  guided.map(([, to]) => to),
                ),
                ...dashed,
              }),
            ]
          : []),
        ...drawn,
      ].join('\n'),
    ),
    frame(BOX, x, y, { x: true }),
    xTitle(BOX, titles.xTitle, x),
    yTitle(BOX, titles.yTitle, y),
  ]);
}

function bandPath(
  { x, low, high }: NonNullable<CurvePanel['band']>,
  atX: (value: number) => number,
  atY: (value: number) => number,
): string {
  const points = Array.from(x, (_, i) => i);
  const up = points.map((i) => [atX(x[i]!), atY(high[i]!)] as const);
  const down = points.toReversed().map((i) => [atX(x[i]!), atY(low[i]!)] as const);
  return `${path([...up, ...down])}Z`;
}

/** From the lowest to the highest of what panels show, with a margin. */
function rangeOf(panels: readonly CurvePanel[], axis: 'x' | 'y'): Range {
  const values = panels.flatMap(({ curves, band, guide = [] }) => [
    ...curves.flatMap((curve) => Array.from(curve[axis]).filter(Number.isFinite)),
    ...(band ? (axis === 'x' ? Array.from(band.x) : [...Array.from(band.low), ...Array.from(band.high)]) : []),
    ...guide.map((point) => point[axis === 'x' ? 0 : 1]),
  ]);
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (!(low < high)) return [Number.isFinite(low) ? low - 1 : 0, Number.isFinite(low) ? low + 1 : 1];
  const margin = axis === 'y' ? 0.05 * (high - low) : 0;
  return [low - margin, high + margin];
}

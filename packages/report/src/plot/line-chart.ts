import { UserError } from '@unfold-zoo/core/errors';
import { frame, xTitle, yTitle } from './frame.js';
import { type LegendEntry, legend, legendLayout } from './legend.js';
import { lineStyle, seriesClass } from './palette.js';
import { type Box, element, path, picture, plainText } from './svg.js';
import { type Axis, linearAxis, logAxis, onAxis } from './ticks.js';

/** Points to be joined by a line, in the order of x. */
export interface Series {
  readonly label: string;
  readonly x: ArrayLike<number>;
  /** A point that is not finite, or not positive on a logarithmic axis, leaves a gap. */
  readonly y: ArrayLike<number>;
}

/** What `lineChart` draws. */
export interface LineChart {
  /** Above the chart, as it is. */
  readonly title: string;
  /** In the markup of `richText`. */
  readonly xTitle: string;
  readonly yTitle: string;
  readonly series: readonly Series[];
  readonly yScale?: 'linear' | 'log';
}

const WIDTH = 520;
const HEIGHT = 360;
const BOX: Box = { left: 72, right: 504, top: 34, bottom: 304 };
/** Part of the y axis left free at each end. */
const MARGIN = 0.05;

/**
 * Series over a common x axis, e.g. losses over steps. Of series with more points than pixels the lowest and highest
 * of each pixel are drawn, so no spike is lost. Returns SVG.
 * @throws UserError for a series that has not as many y as x values.
 * @example
 * const series = [{ label: 'training', x: [1, 2, 3], y: [4, 2, 1] }];
 * const svg = lineChart({ title: 'Loss', xTitle: 'step', yTitle: 'loss', series, yScale: 'log' });
 */
export function lineChart({ title, series, yScale = 'linear', ...titles }: LineChart): string {
  const visible = series.map((each) => points(each, yScale));
  const all = visible.flat().filter((point) => point !== undefined);
  const entries: LegendEntry[] = series.map(({ label }, i) => ({ label, style: lineStyle(i), series: i }));
  const x = linearAxis(
    extent(
      all.map(([x]) => x),
      0,
    ),
    [BOX.left, BOX.right],
    6,
  );
  const y = yAxis(
    all.map(([, y]) => y),
    yScale,
    legendLayout(entries).height + 20,
  );
  const lines = visible.map((line, i) => {
    const pixels = thin(line.map((point) => point && [x.at(point[0]), y.at(point[1])]));
    const { color, dash } = lineStyle(i);
    const style = { class: seriesClass(i), fill: 'none', stroke: color, 'stroke-width': 1.6, 'stroke-dasharray': dash };
    return element('path', { d: path(pixels), ...style });
  });
  return picture(WIDTH, HEIGHT, title, [
    plainText(BOX.left, 22, title, { 'font-size': 14, 'font-weight': 'bold' }),
    ...lines,
    legend(entries, BOX, 'right'),
    frame(BOX, x, y, { x: true }),
    xTitle(BOX, titles.xTitle, x),
    yTitle(BOX, titles.yTitle, y),
  ]);
}

type Point = readonly [x: number, y: number];

function points({ label, x, y }: Series, yScale: 'linear' | 'log'): (Point | undefined)[] {
  if (x.length !== y.length)
    throw new UserError(`invalid series ${label}: expected ${x.length} y values, got ${y.length}`);
  return Array.from(x, (at, i) => {
    const value = y[i]!;
    const drawn = Number.isFinite(at) && Number.isFinite(value) && (yScale === 'linear' || value > 0);
    return drawn ? [at, value] : undefined;
  });
}

/** The range of values, `margin` wider on both sides; of one value or none, a range about it. */
function extent(values: readonly number[], margin: number): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  if (low > high) return [0, 1];
  if (low === high) return [low - (Math.abs(low) / 10 || 1), high + (Math.abs(high) / 10 || 1)];
  return [low - margin * (high - low), high + margin * (high - low)];
}

/** The y axis, with room for the legend above every line. */
function yAxis(values: readonly number[], yScale: 'linear' | 'log', legendHeight: number): Axis {
  const range = [BOX.bottom, BOX.top] as const;
  const raise = ([low, high]: [number, number]): [number, number] => [
    low,
    low + ((high - low) * (BOX.bottom - BOX.top)) / (BOX.bottom - BOX.top - legendHeight),
  ];
  if (yScale === 'linear') return linearAxis(raise(extent(values.map(onAxis), MARGIN)), range, 6);
  const [low, high] = raise(extent(values.map(Math.log10), MARGIN));
  return logAxis([10 ** low, 10 ** high], range);
}

/** Keeps the first, lowest, highest and last of the points in each column of pixels. */
function thin(line: readonly (Point | undefined)[]): (Point | undefined)[] {
  if (line.length <= 4 * (BOX.right - BOX.left)) return [...line];
  const kept: (Point | undefined)[] = [];
  for (let start = 0; start < line.length; ) {
    const first = line[start];
    let end = start + 1;
    while (end < line.length && pixel(line[end]) === pixel(first)) end++;
    kept.push(...(first ? extremes(line.slice(start, end) as Point[]) : [undefined]));
    start = end;
  }
  return kept;
}

function pixel(point: Point | undefined): number | undefined {
  return point && Math.round(point[0]);
}

function extremes(column: readonly Point[]): Point[] {
  let [low, high] = [0, 0];
  for (const [i, [, y]] of column.entries()) {
    if (y < column[low]![1]) low = i;
    if (y > column[high]![1]) high = i;
  }
  const indices = [...new Set([0, low, high, column.length - 1])].sort((a, b) => a - b);
  return indices.map((i) => column[i]!);
}

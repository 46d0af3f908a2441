import { UserError } from '@unfold-zoo/core';
import { type Box, frame, xTitle, yTitle } from './frame.js';
import { type Histogram, scaleHistogram } from './histogram.js';
import { type LegendEntry, legend, legendLayout } from './legend.js';
import { lineStyle } from './palette.js';
import { coordinate, element, escapeMarkup, path, picture, plainText } from './svg.js';
import { type Axis, linearAxis, logAxis } from './ticks.js';

/** A labelled histogram. */
export interface Distribution {
  readonly label: string;
  readonly histogram: Histogram;
}

/** What `ratioPlot` draws. */
export interface RatioPlot {
  /** Above the plot, as it is. */
  readonly title: string;
  /** In the markup of `richText`: `p_T [GeV]`. */
  readonly xTitle: string;
  /** Of a bin's width in the y title, e.g. `GeV`; empty for a pure number. */
  readonly unit?: string;
  readonly truth: Distribution;
  /** With the truth's edges. Scaled to its total, so that samples of any size can be compared. */
  readonly models: readonly Distribution[];
  readonly yScale?: 'linear' | 'log';
  /** Of the lower panel; chosen to show the models unless given. */
  readonly ratioRange?: readonly [low: number, high: number];
}

const WIDTH = 520;
const HEIGHT = 480;
const MAIN: Box = { left: 72, right: 504, top: 34, bottom: 316 };
const LOWER: Box = { left: 72, right: 504, top: 316, bottom: 424 };
const RATIO_RANGES = [
  [0.9, 1.1],
  [0.8, 1.2],
  [0.5, 1.5],
  [0, 2],
] as const;
/** Empty part of the upper panel above the highest bin. */
const HEADROOM = 0.08;
/** Decades below the smallest count on a logarithmic axis, in parts of one. */
const FOOTROOM = 0.3;

/**
 * The truth, models over it, and below them their ratio to the truth with the truth's statistical error as a band.
 * Markers at the edge of the lower panel point at ratios beyond it. Returns SVG.
 * @throws UserError for a truth without entries or models whose edges are not the truth's.
 */
export function ratioPlot(options: RatioPlot): string {
  const { title, truth, unit = '', yScale = 'linear' } = options;
  const edges = truth.histogram.edges;
  const models = options.models.map((model) => matchTotal(model, truth));
  const x = linearAxis([edges[0]!, edges[edges.length - 1]!], [MAIN.left, MAIN.right], 6);
  const entries: LegendEntry[] = [
    { label: truth.label, style: 'filled' },
    ...models.map(({ label }, i) => ({ label, style: lineStyle(i) })),
  ];
  const { y, side } = yScale === 'log' ? logCounts(truth, models, entries, x) : linearCounts(truth, models, entries, x);
  const ratios = models.map(({ histogram }) => ratioTo(truth.histogram, histogram));
  const range = options.ratioRange ?? ratioRange(ratios);
  const ratioAxis = linearAxis(range, [LOWER.bottom, LOWER.top], 4);
  return picture(WIDTH, HEIGHT, title, [
    plainText(MAIN.left, 22, title, { 'font-size': 14, 'font-weight': 'bold' }),
    plainText(MAIN.right, 22, outsideNote(truth, models), { 'text-anchor': 'end', 'font-size': 10, fill: '#555' }),
    truthArea(truth.histogram, x, y),
    ...models.map(({ histogram }, i) => stepLine(edges, histogram.counts, x, y, lineStyle(i))),
    legend(entries, MAIN, side),
    frame(MAIN, x, y, { x: false, skipYAt: ['bottom'] }),
    yTitle(MAIN, binTitle(edges, unit), y),
    truthBand(truth.histogram, x, ratioAxis),
    ...ratios.map((ratio, i) => ratioMarks(edges, ratio, x, ratioAxis, range, i)),
    frame(LOWER, x, ratioAxis, { x: true, skipYAt: ['top', 'bottom'] }),
    yTitle(LOWER, 'Ratio to truth', ratioAxis),
    xTitle(LOWER, options.xTitle, x),
  ]);
}

function matchTotal({ label, histogram }: Distribution, truth: Distribution): Distribution {
  const edges = truth.histogram.edges;
  if (!(truth.histogram.total > 0)) throw new UserError(`invalid histogram of ${truth.label}: it has no entries`);
  const same = histogram.edges.length === edges.length && histogram.edges.every((edge, i) => edge === edges[i]);
  if (!same) throw new UserError(`invalid histogram of ${label}: expected the edges of ${truth.label}`);
  if (!(histogram.total > 0)) throw new UserError(`invalid histogram of ${label}: it has no entries`);
  return { label, histogram: scaleHistogram(histogram, truth.histogram.total / histogram.total) };
}

type Side = 'left' | 'right';

/** Width of the legend in pixels, and the share of the main panel's height that lies below it. */
function legendRoom(entries: readonly LegendEntry[]): { width: number; free: number } {
  const { height, width } = legendLayout(entries);
  return { width, free: 1 - (height + 26) / (MAIN.bottom - MAIN.top) };
}

/** The count axis, high enough that the legend, on its better side, hides no line. */
function linearCounts(
  truth: Distribution,
  models: readonly Distribution[],
  entries: readonly LegendEntry[],
  x: Axis,
): { y: Axis; side: Side } {
  const { width, free } = legendRoom(entries);
  const highest = highestCount([truth, ...models], () => true) * (1 + HEADROOM);
  const needed = (side: Side): number =>
    Math.max(highest, highestCount([truth, ...models], underLegend(side, width, x)) / free);
  const side = needed('right') <= needed('left') ? 'right' : 'left';
  return { y: linearAxis([0, needed(side) || 1], [MAIN.bottom, MAIN.top], 6), side };
}

function logCounts(
  truth: Distribution,
  models: readonly Distribution[],
  entries: readonly LegendEntry[],
  x: Axis,
): { y: Axis; side: Side } {
  const { width, free } = legendRoom(entries);
  const all = [truth, ...models];
  const positive = all.flatMap(({ histogram }) => [...histogram.counts].filter((count) => count > 0));
  if (positive.length === 0) return { y: logAxis([0.5, 2], [MAIN.bottom, MAIN.top]), side: 'right' };
  const low = Math.log10(Math.min(...positive)) - FOOTROOM;
  const decades = (inside: (position: number) => boolean): number =>
    Math.max(Math.log10(highestCount(all, inside)) - low, 0);
  const highest = decades(() => true) * (1 + HEADROOM);
  const needed = (side: Side): number => Math.max(highest, decades(underLegend(side, width, x)) / free);
  const side = needed('right') <= needed('left') ? 'right' : 'left';
  return { y: logAxis([10 ** low, 10 ** (low + needed(side))], [MAIN.bottom, MAIN.top]), side };
}

function underLegend(side: Side, width: number, x: Axis): (value: number) => boolean {
  const margin = width + 26;
  return (value) => (side === 'left' ? x.at(value) < MAIN.left + margin : x.at(value) > MAIN.right - margin);
}

/** The highest upper end of an error bar among bins that touch a region. */
function highestCount(distributions: readonly Distribution[], inside: (value: number) => boolean): number {
  let highest = 0;
  for (const { histogram } of distributions)
    for (const [bin, count] of histogram.counts.entries()) {
      if (!inside(histogram.edges[bin]!) && !inside(histogram.edges[bin + 1]!)) continue;
      highest = Math.max(highest, count + histogram.errors[bin]!);
    }
  return highest;
}

function truthArea({ edges, counts, errors }: Histogram, x: Axis, y: Axis): string {
  const floor = MAIN.bottom;
  const outline = steps(edges, counts, x, y) as [number, number][];
  const closed: [number, number][] = [[x.at(edges[0]!), floor], ...outline, [x.at(edges[edges.length - 1]!), floor]];
  const low = counts.map((count, bin) => Math.max(count - errors[bin]!, 0));
  const high = counts.map((count, bin) => count + errors[bin]!);
  return [
    element('path', { d: `${path(closed)}Z`, fill: '#d9d9d9' }),
    band(edges, low, high, x, y, '#8c8c8c'),
    element('path', { d: path(closed), fill: 'none', stroke: 'black', 'stroke-width': 1.2 }),
  ].join('\n');
}

/** The truth's relative error about a ratio of 1; none where the truth is empty. */
function truthBand({ edges, counts, errors }: Histogram, x: Axis, y: Axis): string {
  const relative = counts.map((count, bin) => (count > 0 ? errors[bin]! / count : Number.NaN));
  const ones = { x1: LOWER.left, x2: LOWER.right, y1: y.at(1), y2: y.at(1), stroke: 'black', 'stroke-width': 1 };
  const low = relative.map((error) => 1 - error);
  return (
    band(
      edges,
      low,
      relative.map((error) => 1 + error),
      x,
      y,
      '#8c8c8c',
    ) + element('line', ones)
  );
}

function band(edges: Float64Array, low: Float64Array, high: Float64Array, x: Axis, y: Axis, fill: string): string {
  const boxes = [...low].map((bottom, bin) => {
    if (Number.isNaN(bottom)) return '';
    const [left, right] = [x.at(edges[bin]!), x.at(edges[bin + 1]!)].map(coordinate);
    return `M${left} ${coordinate(y.at(bottom))}H${right}V${coordinate(y.at(high[bin]!))}H${left}Z`;
  });
  return element('path', { d: boxes.join(''), fill, 'fill-opacity': 0.5 });
}

function stepLine(
  edges: Float64Array,
  heights: Float64Array,
  x: Axis,
  y: Axis,
  { color, dash }: ReturnType<typeof lineStyle>,
): string {
  const line = { fill: 'none', stroke: color, 'stroke-width': 1.8, 'stroke-dasharray': dash };
  return element('path', { d: path(steps(edges, heights, x, y)), ...line });
}

/** The outline of a histogram; the pen is lifted where it has no height. */
function steps(edges: Float64Array, heights: Float64Array, x: Axis, y: Axis): ([number, number] | undefined)[] {
  return [...heights].flatMap((height, bin) => {
    if (Number.isNaN(height)) return [undefined];
    const at = y.at(height);
    return [
      [x.at(edges[bin]!), at],
      [x.at(edges[bin + 1]!), at],
    ] as [number, number][];
  });
}

interface Ratio {
  /** [bins], NaN where the truth is empty. */
  readonly values: Float64Array;
  /** [bins], of the model alone: the truth's error is the band. */
  readonly errors: Float64Array;
}

function ratioTo(truth: Histogram, model: Histogram): Ratio {
  const over = (numbers: Float64Array): Float64Array =>
    numbers.map((number, bin) => (truth.counts[bin]! > 0 ? number / truth.counts[bin]! : Number.NaN));
  return { values: over(model.counts), errors: over(model.errors) };
}

/** The narrowest of a few ranges that holds nine in ten of the ratios. */
function ratioRange(ratios: readonly Ratio[]): readonly [number, number] {
  const found = ratios.flatMap(({ values }) => [...values].filter((value) => !Number.isNaN(value)));
  const holds = ([low, high]: readonly [number, number]): boolean =>
    found.filter((value) => value >= low && value <= high).length >= 0.9 * found.length;
  return RATIO_RANGES.find(holds) ?? RATIO_RANGES[RATIO_RANGES.length - 1]!;
}

/** A step line, error bars, and small arrows where a ratio is beyond the panel. */
function ratioMarks(
  edges: Float64Array,
  { values, errors }: Ratio,
  x: Axis,
  y: Axis,
  [low, high]: readonly [number, number],
  index: number,
): string {
  const style = lineStyle(index);
  const bars: ([number, number] | undefined)[] = [];
  const arrows: string[] = [];
  // Side by side, so that the bars of several models can be told apart.
  const shift = 2 * (index % 2 ? (index + 1) / 2 : -index / 2);
  for (const [bin, value] of values.entries()) {
    if (Number.isNaN(value)) continue;
    const centre = x.at((edges[bin]! + edges[bin + 1]!) / 2) + shift;
    bars.push([centre, y.at(value - errors[bin]!)], [centre, y.at(value + errors[bin]!)], undefined);
    if (value > high) arrows.push(arrow(centre, LOWER.top + 2, 5));
    if (value < low) arrows.push(arrow(centre, LOWER.bottom - 2, -5));
  }
  return [
    stepLine(
      edges,
      values.map((value) => (value >= low && value <= high ? value : Number.NaN)),
      x,
      y,
      style,
    ),
    element('path', { d: path(bars), stroke: style.color, 'stroke-width': 1, 'stroke-opacity': 0.5, fill: 'none' }),
    element('path', { d: arrows.join(''), fill: style.color }),
  ].join('\n');
}

/** A triangle with its tip at a point and its base `height` below. */
function arrow(x: number, tip: number, height: number): string {
  const base = coordinate(tip + height);
  return `M${coordinate(x)} ${coordinate(tip)}L${coordinate(x - 3)} ${base}H${coordinate(x + 3)}Z`;
}

function outsideNote(truth: Distribution, models: readonly Distribution[]): string {
  const part = ({ histogram }: Distribution): number =>
    (100 * (histogram.underflow + histogram.overflow)) / histogram.total;
  const parts = models.map(part);
  const print = (value: number): string => value.toFixed(1);
  const range = [...new Set([print(Math.min(...parts)), print(Math.max(...parts))])].join(' to ');
  const ofModels = models.length === 0 ? '' : `, ${models.length === 1 ? 'model' : 'models'} ${range} %`;
  return `outside: truth ${print(part(truth))} %${ofModels}`;
}

function binTitle(edges: Float64Array, unit: string): string {
  const width = (edges[edges.length - 1]! - edges[0]!) / (edges.length - 1);
  return `Events / ${String(Number(width.toPrecision(2)))}${unit && ` ${escapeMarkup(unit)}`}`;
}

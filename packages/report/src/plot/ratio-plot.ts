import { UserError } from '@unfold-zoo/core/errors';
import { type Histogram, scaleHistogram } from '../histograms/histogram.js';
import { constantPicture } from './constant-picture.js';
import { countAxis, type Distribution, percentRange } from './count-axis.js';
import { frame, xTitle, yTitle } from './frame.js';
import { type LegendEntry, legend } from './legend.js';
import { lineStyle, seriesClass } from './palette.js';
import { band, DARK_BAND, filledHistogram, seriesPath, stepLine } from './step-lines.js';
import { type Box, clipped, coordinate, element, escapeMarkup, path, picture, plainText } from './svg.js';
import { type Axis, linearAxis } from './ticks.js';

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
  /** Of the lower axis; `Ratio to truth` unless given. */
  readonly ratioTitle?: string;
  /** Whether it has a legend of its own; small multiples share one. */
  readonly legend?: boolean;
  /** Sentences in place of the axes, for a quantity whose truth never varies. */
  readonly constant?: readonly string[];
}

const LIGHT_BAND = '#e6e6e6';
const WIDTH = 520;
const HEIGHT = 480;
/** Width and height of a ratio plot, in pixels. */
export const RATIO_PLOT_SIZE = { width: WIDTH, height: HEIGHT } as const;
const MAIN: Box = { left: 72, right: 504, top: 34, bottom: 316 };
const LOWER: Box = { left: 72, right: 504, top: 316, bottom: 424 };
/** Up to this many models have error bars of their own; bars of more could not be told apart. */
const MOST_BARS = 3;
/** Bins whose true count is known less well than this do not decide the range of ratios. */
const CERTAIN = 0.25;
const RATIO_RANGES = [
  [0.9, 1.1],
  [0.8, 1.2],
  [0.5, 1.5],
  [0, 2],
] as const;

/**
 * The truth, models over it, and below them their ratio to the truth with the truth's statistical error as a dark band.
 * Up to three models have error bars, and markers that point at ratios beyond the panel. More have a light band
 * instead: the errors of truth and of the most uncertain model together, so that a line outside it differs. Returns
 * SVG.
 * @throws UserError for a truth without entries or models whose edges are not the truth's.
 */
export function ratioPlot(options: RatioPlot): string {
  const { title, truth, unit = '', yScale = 'linear', constant } = options;
  if (constant) return constantPicture({ ...RATIO_PLOT_SIZE, title, quantity: options.xTitle, sentences: constant });
  const edges = truth.histogram.edges;
  const models = options.models.map((model) => matchTotal(model, truth));
  const x = linearAxis([edges[0]!, edges[edges.length - 1]!], [MAIN.left, MAIN.right], 6);
  const entries: LegendEntry[] = [
    { label: truth.label, style: 'filled' },
    ...models.map(({ label }, i) => ({ label, style: lineStyle(i), series: i })),
  ];
  const shown = options.legend === false ? [] : entries;
  const { y, side } = countAxis([truth, ...models], { box: MAIN, x, entries: shown }, yScale);
  const ratios = models.map(({ histogram }) => ratioTo(truth.histogram, histogram));
  const many = models.length > MOST_BARS;
  const range = options.ratioRange ?? ratioRange(truth.histogram, ratios);
  const ratioAxis = linearAxis(range, [LOWER.bottom, LOWER.top], 4);
  return picture(WIDTH, HEIGHT, title, [
    plainText(MAIN.left, 22, title, { 'font-size': 14, 'font-weight': 'bold' }),
    plainText(MAIN.right, 22, outsideNote(truth, models), { 'text-anchor': 'end', 'font-size': 10.5, fill: '#444' }),
    filledHistogram(truth.histogram, x, y),
    ...models.map(({ histogram }, i) => stepLine(edges, histogram.counts, x, y, i)),
    legend(shown, MAIN, side),
    frame(MAIN, x, y, { x: false, skipYAt: ['bottom'] }),
    yTitle(MAIN, binTitle(edges, unit), y),
    ...(many ? [jointBand(truth.histogram, ratios, x, ratioAxis)] : []),
    truthBand(truth.histogram, x, ratioAxis),
    clipped(LOWER, ratios.map((ratio, index) => ratioLine(edges, ratio, x, range, { index, joined: many })).join('\n')),
    ...(many ? [] : ratios.map((ratio, i) => ratioMarks(edges, ratio, x, ratioAxis, range, i))),
    frame(LOWER, x, ratioAxis, { x: true, skipYAt: ['top', 'bottom'] }),
    yTitle(LOWER, options.ratioTitle ?? 'Ratio to truth', ratioAxis),
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

/** The truth's relative error about a ratio of 1; none where the truth is empty. */
function truthBand({ edges, counts, errors }: Histogram, x: Axis, y: Axis): string {
  const relative = counts.map((count, bin) => (count > 0 ? errors[bin]! / count : Number.NaN));
  const one = { x1: LOWER.left, x2: LOWER.right, y1: y.at(1), y2: y.at(1), stroke: 'black', 'stroke-width': 1 };
  return bandAboutOne(edges, relative, x, y, DARK_BAND) + element('line', one);
}

/** The errors of the truth and of the most uncertain model in quadrature, about a ratio of 1. */
function jointBand({ edges, counts, errors }: Histogram, ratios: readonly Ratio[], x: Axis, y: Axis): string {
  const relative = counts.map((count, bin) =>
    count > 0 ? Math.hypot(errors[bin]! / count, Math.max(...ratios.map((ratio) => ratio.errors[bin]!))) : Number.NaN,
  );
  return bandAboutOne(edges, relative, x, y, LIGHT_BAND);
}

function bandAboutOne(edges: Float64Array, relative: Float64Array, x: Axis, y: Axis, fill: string): string {
  const low = relative.map((error) => 1 - error);
  const high = relative.map((error) => 1 + error);
  return band(edges, low, high, x, y, fill);
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

/**
 * The narrowest of a few ranges that holds nine in ten of the ratios of each of the better half of the models, or of
 * all where they are three or fewer: one bad model must not flatten the others.
 */
function ratioRange({ counts, errors }: Histogram, ratios: readonly Ratio[]): readonly [number, number] {
  const isCertain = (bin: number): boolean => errors[bin]! <= CERTAIN * counts[bin]!;
  const certain = ratios.map(({ values }) =>
    [...values].filter((value, bin) => !Number.isNaN(value) && isCertain(bin)),
  );
  const wanted = Math.max(Math.min(ratios.length, MOST_BARS), Math.ceil(ratios.length / 2));
  const holds = ([low, high]: readonly [number, number]): boolean =>
    certain.filter((found) => found.filter((value) => value >= low && value <= high).length >= 0.9 * found.length)
      .length >= wanted;
  return RATIO_RANGES.find(holds) ?? RATIO_RANGES[RATIO_RANGES.length - 1]!;
}

/** The ratios as steps, or of many models through the middles of the bins; beyond the panel too: `clipped` cuts it. */
function ratioLine(
  edges: Float64Array,
  { values }: Ratio,
  x: Axis,
  [low, high]: readonly [number, number],
  { index, joined }: { readonly index: number; readonly joined: boolean },
): string {
  const slope = (LOWER.top - LOWER.bottom) / (high - low);
  // Far enough outside that the line is hidden, near enough for every renderer.
  const at = (value: number): number =>
    LOWER.bottom + slope * (Math.min(Math.max(value, 2 * low - high), 2 * high - low) - low);
  if (!joined) return stepLine(edges, values, x, { at, ticks: [], exponent: 0 }, index);
  const middles = [...values].map((value, bin): [number, number] | undefined =>
    Number.isNaN(value) ? undefined : [x.at((edges[bin]! + edges[bin + 1]!) / 2), at(value)],
  );
  return seriesPath(middles, index);
}

/** Error bars, and small arrows where a ratio is beyond the panel. */
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
  const marks = [
    element('path', { d: path(bars), stroke: style.color, 'stroke-width': 1, 'stroke-opacity': 0.5, fill: 'none' }),
    element('path', { d: arrows.join(''), fill: style.color }),
  ];
  return element('g', { class: seriesClass(index) }, marks.join('\n'));
}

/** A triangle with its tip at a point and its base `height` below. */
function arrow(x: number, tip: number, height: number): string {
  const base = coordinate(tip + height);
  return `M${coordinate(x)} ${coordinate(tip)}L${coordinate(x - 3)} ${base}H${coordinate(x + 3)}Z`;
}

/** `below 0.5 %, above 0.4 % (models 0.1 to 0.3 %, 0.2 %)`: what the x axis does not show. */
function outsideNote(truth: Distribution, models: readonly Distribution[]): string {
  const ofTruth = `below ${percentRange('underflow', [truth])}, above ${percentRange('overflow', [truth])}`;
  if (models.length === 0) return ofTruth;
  const who = models.length === 1 ? 'model' : 'models';
  return `${ofTruth} (${who} ${percentRange('underflow', models)}, ${percentRange('overflow', models)})`;
}

function binTitle(edges: Float64Array, unit: string): string {
  const width = (edges[edges.length - 1]! - edges[0]!) / (edges.length - 1);
  return `Events / ${String(Number(width.toPrecision(2)))}${unit && ` ${escapeMarkup(unit)}`}`;
}

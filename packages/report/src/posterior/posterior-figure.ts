import { UserError } from '@unfold-zoo/core/errors';
import type { NumberColumn } from '@unfold-zoo/metrics';
import { type Histogram, histogram, scaleHistogram } from '../histograms/histogram.js';
import { roundEdges } from '../histograms/round-edges.js';
import { constantOf, constantPicture, valueText } from '../plot/constant-picture.js';
import { countAxis, type Distribution, percentRange } from '../plot/count-axis.js';
import { frame, xTitle, yTitle } from '../plot/frame.js';
import { type LegendEntry, legend, legendLayout } from '../plot/legend.js';
import { type LineStyle, lineStyle } from '../plot/palette.js';
import { filledHistogram, stepLine } from '../plot/step-lines.js';
import { type Box, element, escapeMarkup, picture, plainText } from '../plot/svg.js';
import { type Axis, linearAxis } from '../plot/ticks.js';

/** Values with a name, and weights where they have any. */
interface WeightedSample {
  readonly label: string;
  readonly values: NumberColumn;
  readonly weights?: NumberColumn;
}

/** Values of one quantity to mark by lines, e.g. the solutions of a constraint, or what the detector reads. */
export interface PosteriorMark {
  readonly label: string;
  readonly values: readonly number[];
}

/** What `posteriorFigure` draws: one quantity of one event. */
export interface PosteriorPlot {
  /** Above the plot, as it is. */
  readonly title: string;
  /** In the markup of `richText`. */
  readonly xTitle: string;
  readonly unit?: string;
  /** Draws of each model. */
  readonly models: readonly { readonly label: string; readonly values: NumberColumn }[];
  readonly truth?: number;
  /** Another estimate of the posterior, drawn filled. */
  readonly reference?: WeightedSample;
  /** Each in a style of its own. */
  readonly marks?: readonly PosteriorMark[];
  /** Whether values are angles in [-pi, pi]. */
  readonly angle?: boolean;
}

const WIDTH = 520;
const HEIGHT = 400;
const BOX: Box = { left: 72, right: 504, top: 50, bottom: 344 };
const BINS = 40;
/** Part of each sample that may lie beyond the axis, on each side. */
const TAIL = 0.01;
const TRUTH_STYLE: LineStyle = { color: '#000000', dash: undefined };
const MARK_STYLES: readonly LineStyle[] = [
  { color: '#555555', dash: '1.5 3' },
  { color: '#555555', dash: '8 3' },
];

function markStyle(index: number): LineStyle {
  return MARK_STYLES[index % MARK_STYLES.length]!;
}

/**
 * Histograms of the draws of each model for one event, each of area 1, the truth as a line, and a reference as a filled
 * histogram with its statistical error. Returns SVG.
 * @throws UserError for a model without draws.
 * @example
 * const models = [{ label: 'VLD', values: posterior.events[0].particles.hadronic_top.mass }];
 * const svg = posteriorFigure({ title: 'Hadronic t', xTitle: 'm', unit: 'GeV', models, truth: 172.5 });
 */
export function posteriorFigure(posterior: PosteriorPlot): string {
  const { title, unit = '', truth, marks = [] } = posterior;
  const constant = constantOf(everyValue(posterior));
  if (constant !== undefined) {
    const sentences = [
      `Constant: ${valueText(constant, unit)} in every draw${truth === undefined ? '' : ', and in truth'}.`,
    ];
    return constantPicture({ width: WIDTH, height: HEIGHT, title, quantity: posterior.xTitle, sentences });
  }
  const edges = posteriorEdges(posterior);
  const models = posterior.models.map(({ label, values }) => density(label, histogram(values, edges)));
  const { reference: sample } = posterior;
  const reference = sample && density(sample.label, histogram(sample.values, edges, sample.weights));
  const all = [...(reference ? [reference] : []), ...models];
  const x = linearAxis([edges[0]!, edges[edges.length - 1]!], [BOX.left, BOX.right], 6);
  const entries = legendEntries(posterior);
  const { y, side } = countAxis(all, { box: BOX, x, entries }, 'linear');
  // Lines end below the legend.
  const top = BOX.top + legendLayout(entries).height + 16;
  return picture(WIDTH, HEIGHT, title, [
    plainText(BOX.left, 22, title, { 'font-size': 14, 'font-weight': 'bold' }),
    plainText(BOX.left, 40, outsideNote(reference, models), { 'font-size': 10.5, fill: '#444' }),
    reference ? filledHistogram(reference.histogram, x, y) : '',
    ...marks.flatMap(({ values }, i) => values.map((value) => upright(value, x, top, markStyle(i)))),
    ...models.map(({ histogram }, i) => stepLine(edges, histogram.counts, x, y, i)),
    truth === undefined ? '' : upright(truth, x, top, TRUTH_STYLE),
    legend(entries, BOX, side),
    frame(BOX, x, y, { x: true }),
    yTitle(BOX, `Density${unit && ` [1 / ${escapeMarkup(unit)}]`}`, y),
    xTitle(BOX, posterior.xTitle, x),
  ]);
}

/** All that a figure would show, in one list. */
function everyValue({ models, reference, truth, marks = [] }: PosteriorPlot): Float64Array {
  const samples = [...models, ...(reference ? [reference] : [])].flatMap(({ values }) => [...values]);
  const marked = marks.flatMap(({ values }) => values);
  return Float64Array.from([...samples, ...(truth === undefined ? [] : [truth]), ...marked]);
}

/** Round edges that show the middle 98 % of every sample, the truth and the marks. */
function posteriorEdges({ models, reference, truth, marks = [], angle }: PosteriorPlot): Float64Array {
  if (angle) return Float64Array.from({ length: BINS + 1 }, (_, i) => Math.PI * ((2 * i) / BINS - 1));
  for (const { label, values } of models)
    if (values.length === 0) throw new UserError(`missing draws of ${label}: a posterior needs at least one`);
  const ends = [...models, ...(reference ? [reference] : [])].flatMap((sample) => centralRange(sample));
  const all = [...ends, ...(truth === undefined ? [] : [truth]), ...marks.flatMap(({ values }) => values)];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const margin = 0.02 * (high - low);
  return roundEdges(low - margin, high + margin, BINS);
}

function centralRange({ values, weights }: Omit<WeightedSample, 'label'>): [number, number] {
  const order = Array.from(values.keys()).sort((a, b) => values[a]! - values[b]!);
  let total = 0;
  for (let i = 0; i < values.length; i++) total += weights ? weights[i]! : 1;
  const first = (indices: readonly number[]): number => {
    let sum = 0;
    for (const i of indices) {
      sum += weights ? weights[i]! : 1;
      if (sum > TAIL * total) return values[i]!;
    }
    return values[indices.at(-1)!]!;
  };
  return [first(order), first(order.toReversed())];
}

function density(label: string, h: Histogram): Distribution {
  if (!(h.total > 0)) throw new UserError(`invalid histogram of ${label}: it has no entries`);
  const width = (h.edges[h.edges.length - 1]! - h.edges[0]!) / (h.edges.length - 1);
  return { label, histogram: { ...scaleHistogram(h, 1 / (h.total * width)), total: 1 / width } };
}

function legendEntries({ models, truth, reference, marks = [] }: PosteriorPlot): LegendEntry[] {
  return [
    ...(truth === undefined ? [] : [{ label: 'Truth', style: TRUTH_STYLE }]),
    ...(reference ? [{ label: reference.label, style: 'filled' as const }] : []),
    ...models.map(({ label }, i) => ({ label, style: lineStyle(i), series: i })),
    ...marks.flatMap(({ label, values }, i) => (values.length > 0 ? [{ label, style: markStyle(i) }] : [])),
  ];
}

function upright(value: number, x: Axis, top: number, { color, dash }: LineStyle): string {
  const at = x.at(value);
  const line = { x1: at, x2: at, y1: top, y2: BOX.bottom, stroke: color, 'stroke-dasharray': dash };
  return element('line', { ...line, 'stroke-width': 1.8 });
}

/** What the x axis does not show. */
function outsideNote(reference: Distribution | undefined, models: readonly Distribution[]): string {
  const below = percentRange('underflow', models);
  const above = percentRange('overflow', models);
  const ofModels = `below ${below}, above ${above} of the draws`;
  if (!reference) return ofModels;
  const [under, over] = (['underflow', 'overflow'] as const).map((side) => percentRange(side, [reference]));
  return `${ofModels}; ${under}, ${over} of the reference`;
}

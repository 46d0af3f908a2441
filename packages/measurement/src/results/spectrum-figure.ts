import type { Figure } from '@unfold-zoo/core/findings';
import {
  type Axis,
  type Box,
  element,
  frame,
  type LegendEntry,
  legend,
  linearAxis,
  lineStyle,
  path,
  picture,
  plainText,
  stepLine,
  xTitle,
  yTitle,
} from '@unfold-zoo/report/plot';
import { axisLabel, differentialUnit, divisorOf, type ObservableResult, totalErrors } from './measurement-result.js';

const [WIDTH, HEIGHT] = [520, 480];
const MAIN: Box = { left: 84, right: 504, top: 34, bottom: 316 };
const LOWER: Box = { left: 84, right: 504, top: 316, bottom: 424 };
/** Empty part of a panel above the highest point, for the legend. */
const HEADROOM = 1.5;
/** Where ratios end that few events make large. */
const WIDEST_RATIO = 1;

/** A number with its error in every bin that has both ends. */
interface Points {
  readonly label: string;
  readonly values: Float64Array;
  readonly errors: Float64Array;
}

/**
 * The unfolded spectrum of an observable: points of every method with their total errors, over the truth, or over the
 * simulation where that is not known, and below them their ratio to it. Bins without an end are not drawn. In several
 * dimensions bins stand side by side.
 */
export function spectrumFigure(observable: ObservableResult, luminosity: number | undefined): Figure {
  const { name, label, unit, truth } = observable;
  const reference = truth ? 'Truth' : 'Simulation';
  const { edges, isOneDimensional } = drawnBins(observable);
  const [line, ...methods] = pointsOf(observable, luminosity);
  const predictions = predictionsOf(observable, luminosity);
  const x = linearAxis([edges[0]!, edges.at(-1)!], [MAIN.left, MAIN.right], 6);
  const y = linearAxis([0, HEADROOM * highest([line!, ...methods, ...predictions])], [MAIN.bottom, MAIN.top], 6);
  const ratios = methods.map((each) => ratioOf(each, line!));
  const predictedRatios = predictions.map((each) => ratioOf(each, line!));
  const range = ratioRange([...ratios, ...predictedRatios]);
  const ratioAxis = linearAxis([1 - range, 1 + range], [LOWER.bottom, LOWER.top], 4);
  const entries: LegendEntry[] = [line!, ...methods, ...predictions].map((each, i) => ({
    label: each.label,
    style: lineStyle(i),
    series: i,
  }));
  const svg = picture(WIDTH, HEIGHT, label, [
    plainText(MAIN.left, 22, label, { 'font-size': 14, 'font-weight': 'bold' }),
    stepLine(edges, line!.values, x, y, 0),
    ...predictions.map((each, i) => stepLine(edges, each.values, x, y, 1 + methods.length + i)),
    ...methods.map((each, i) => marks(each, edges, { x, y, box: MAIN }, { index: i + 1, of: methods.length })),
    legend(entries, MAIN, 'right'),
    frame(MAIN, x, y, { x: false, skipYAt: ['bottom'] }),
    yTitle(MAIN, differentialUnit(isOneDimensional ? unit : '', luminosity), y),
    stepLine(edges, new Float64Array(edges.length - 1).fill(1), x, ratioAxis, 0),
    ...predictedRatios.map((each, i) =>
      stepLine(edges, within(each.values, range), x, ratioAxis, 1 + methods.length + i),
    ),
    ...ratios.map((each, i) =>
      marks(each, edges, { x, y: ratioAxis, box: LOWER }, { index: i + 1, of: methods.length }),
    ),
    frame(LOWER, x, ratioAxis, { x: true, skipYAt: ['top', 'bottom'] }),
    yTitle(LOWER, `Ratio to ${reference.toLowerCase()}`, ratioAxis),
    xTitle(LOWER, axisLabel(observable), x),
  ]);
  const caption =
    `Unfolded, with the errors of data and simulation together, over the ${reference.toLowerCase()}. Points agree ` +
    'with the line if two of three error bars touch it; bars of neighbouring bins are correlated.' +
    (predictions.length > 0 ? ' Lines without points are predictions.' : '');
  return { name, title: label, caption, svg };
}

/** The bins that figures have. */
interface DrawnBins {
  /** Of one dimension those of the bins; of several the numbers of the bins. */
  readonly edges: Float64Array;
  readonly isOneDimensional: boolean;
  /** Numbers of the bins that have both ends. */
  readonly closed: readonly number[];
}

/** The bins of an observable that have both ends, side by side. */
export function drawnBins({ bins }: ObservableResult): DrawnBins {
  const closed = [...bins.keys()].filter((i) => bins[i]!.width !== null);
  const isOneDimensional = bins[0]!.ranges.length === 1;
  const edges = isOneDimensional
    ? [bins[closed[0]!]!.ranges[0]![0]!, ...closed.map((i) => bins[i]!.ranges[0]![1]!)]
    : Array.from({ length: closed.length + 1 }, (_, i) => i);
  return { edges: Float64Array.from(edges), isOneDimensional, closed };
}

/** The reference, then each method. */
function pointsOf(observable: ObservableResult, luminosity: number | undefined): Points[] {
  const { truth, simulation, methods } = observable;
  const divided = dividedBins(observable, luminosity);
  const reference = truth ?? simulation;
  return [
    { label: truth ? 'Truth' : 'Simulation', values: divided(reference), errors: divided(reference.map(() => 0)) },
    ...methods.map((each) => ({
      label: each.method,
      values: divided(each.values),
      errors: divided(totalErrors(each)),
    })),
  ];
}

/** Each prediction; NaN in bins of which it says nothing. */
function predictionsOf(observable: ObservableResult, luminosity: number | undefined): Points[] {
  const { predictions = [] } = observable;
  const divided = dividedBins(observable, luminosity);
  const numbers = (values: readonly (number | null)[]): Float64Array =>
    divided(values.map((each) => each ?? Number.NaN));
  return predictions.map(({ name, values, errors }) => ({
    label: name,
    values: numbers(values),
    errors: numbers(errors),
  }));
}

/** Takes the numbers of the drawn bins; in one dimension over their widths. */
function dividedBins(observable: ObservableResult, luminosity: number | undefined) {
  const { closed, isOneDimensional } = drawnBins(observable);
  const divisor = (i: number): number =>
    isOneDimensional ? divisorOf(observable.bins[i]!, luminosity)! : (luminosity ?? 1);
  return (values: readonly number[]): Float64Array => Float64Array.from(closed, (i) => values[i]! / divisor(i));
}

/** Ratios that lie in the panel; others are not drawn. */
function within(ratios: Float64Array, range: number): Float64Array {
  return ratios.map((ratio) => (Math.abs(ratio - 1) <= range ? ratio : Number.NaN));
}

function highest(points: readonly Points[]): number {
  const tops = points.flatMap(({ values, errors }) => [...values].map((value, i) => value + errors[i]!));
  return Math.max(...tops.filter(Number.isFinite)) || 1;
}

function ratioOf({ label, values, errors }: Points, reference: Points): Points {
  const over = (column: Float64Array): Float64Array =>
    column.map((value, i) => (reference.values[i]! > 0 ? value / reference.values[i]! : Number.NaN));
  return { label, values: over(values), errors: over(errors) };
}

function ratioRange(ratios: readonly Points[]): number {
  const off = ratios.flatMap(({ values, errors }) => [...values].map((value, i) => Math.abs(value - 1) + errors[i]!));
  const widest = Math.max(0.1, ...off.filter(Number.isFinite));
  return Math.min(1.1 * widest, WIDEST_RATIO);
}

interface Panel {
  readonly x: Axis;
  readonly y: Axis;
  readonly box: Box;
}

/** Points with error bars, those of several methods side by side in their bin; what is beyond the panel is left out. */
function marks(
  { values, errors }: Points,
  edges: Float64Array,
  { x, y, box }: Panel,
  { index, of }: { readonly index: number; readonly of: number },
): string {
  const { color } = lineStyle(index);
  const drawn = [...values].map((value, bin) => {
    const at = y.at(value);
    if (!Number.isFinite(value) || at <= box.top || at >= box.bottom) return '';
    const [left, right] = [x.at(edges[bin]!), x.at(edges[bin + 1]!)];
    const middle = left + ((right - left) * index) / (of + 1);
    const bar = path([
      [middle, y.at(value - errors[bin]!)],
      [middle, y.at(value + errors[bin]!)],
    ]);
    const point = element('circle', { cx: middle, cy: at, r: 2.8, fill: color });
    return element('path', { d: bar, stroke: color, 'stroke-width': 1.4, fill: 'none' }) + point;
  });
  return drawn.join('\n');
}

import type { Histogram } from '../histograms/histogram.js';
import { lineStyle, seriesClass } from './palette.js';
import { coordinate, element, path } from './svg.js';
import type { Axis } from './ticks.js';

/** Grey of the errors of a filled histogram. */
export const DARK_BAND = '#b5b5b5';

/** A box in each bin between two heights; none where these are not numbers. */
export function band(
  edges: Float64Array,
  low: Float64Array,
  high: Float64Array,
  x: Axis,
  y: Axis,
  fill: string,
): string {
  const boxes = [...low].map((bottom, bin) => {
    if (Number.isNaN(bottom)) return '';
    const [left, right] = [x.at(edges[bin]!), x.at(edges[bin + 1]!)].map(coordinate);
    return `M${left} ${coordinate(y.at(bottom))}H${right}V${coordinate(y.at(high[bin]!))}H${left}Z`;
  });
  return element('path', { d: boxes.join(''), fill });
}

/** The outline of a histogram in the style of the i-th series. */
export function stepLine(edges: Float64Array, heights: Float64Array, x: Axis, y: Axis, index: number): string {
  return seriesPath(steps(edges, heights, x, y), index);
}

/** A line through points in the style of the i-th series; `undefined` lifts the pen. */
export function seriesPath(points: readonly (readonly [number, number] | undefined)[], index: number): string {
  const { color, dash } = lineStyle(index);
  const line = { fill: 'none', stroke: color, 'stroke-width': 1.6, 'stroke-dasharray': dash };
  return element('path', { class: seriesClass(index), d: path(points), ...line });
}

/** The corners of a histogram; the pen is lifted where it has no height. */
export function steps(edges: Float64Array, heights: Float64Array, x: Axis, y: Axis): ([number, number] | undefined)[] {
  return [...heights].flatMap((height, bin) => {
    if (Number.isNaN(height)) return [undefined];
    const at = y.at(height);
    return [
      [x.at(edges[bin]!), at],
      [x.at(edges[bin + 1]!), at],
    ] as [number, number][];
  });
}

/** A filled histogram that stands on zero, or on the lower end of an axis without one, with its errors as a band. */
export function filledHistogram({ edges, counts, errors }: Histogram, x: Axis, y: Axis): string {
  const floor = y.at(0);
  const outline = steps(edges, counts, x, y) as [number, number][];
  const closed: [number, number][] = [[x.at(edges[0]!), floor], ...outline, [x.at(edges[edges.length - 1]!), floor]];
  const low = counts.map((count, bin) => (count < 0 ? count - errors[bin]! : Math.max(count - errors[bin]!, 0)));
  const high = counts.map((count, bin) => count + errors[bin]!);
  return [
    element('path', { d: `${path(closed)}Z`, fill: '#dedede' }),
    band(edges, low, high, x, y, DARK_BAND),
    element('path', { d: path(closed), fill: 'none', stroke: 'black', 'stroke-width': 1.2 }),
  ].join('\n');
}

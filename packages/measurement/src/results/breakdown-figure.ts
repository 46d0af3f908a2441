import { fileNameOf } from '@unfold-zoo/core/files';
import type { Figure } from '@unfold-zoo/core/findings';
import {
  type Box,
  frame,
  legend,
  linearAxis,
  lineStyle,
  picture,
  plainText,
  stepLine,
  xTitle,
  yTitle,
} from '@unfold-zoo/report/plot';
import { errorSources } from './breakdown-table.js';
import { axisLabel, type MethodSpectrum, type ObservableResult } from './measurement-result.js';
import { drawnBins } from './spectrum-figure.js';

const [WIDTH, HEIGHT] = [520, 360];
const BOX: Box = { left: 84, right: 504, top: 34, bottom: 304 };
/** Empty part above the highest line, for the legend. */
const HEADROOM = 1.6;
/** Where the axis ends that bins with hardly any events make long, in percent. */
const MOST_PERCENT = 100;

/** What the error of each bin is made of, by one method: the size of each source in percent of the value. */
export function breakdownFigure(observable: ObservableResult, method: MethodSpectrum): Figure {
  const { name, label } = observable;
  const { edges, closed } = drawnBins(observable);
  const sources = errorSources(method).map(({ name: source, errors }) => ({
    label: source,
    percent: Float64Array.from(closed, (i) => Math.abs((100 * errors[i]!) / method.values[i]!)),
  }));
  const highest = Math.max(...sources.flatMap(({ percent }) => [...percent].filter(Number.isFinite)));
  const top = HEADROOM * Math.min(highest || 1, MOST_PERCENT);
  const x = linearAxis([edges[0]!, edges.at(-1)!], [BOX.left, BOX.right], 6);
  const y = linearAxis([0, top], [BOX.bottom, BOX.top], 6);
  const title = `Errors of ${label}, ${method.method}`;
  const entries = sources.map((each, i) => ({ label: each.label, style: lineStyle(i), series: i }));
  const svg = picture(WIDTH, HEIGHT, title, [
    plainText(BOX.left, 22, title, { 'font-size': 14, 'font-weight': 'bold' }),
    ...sources.map(({ percent }, i) =>
      stepLine(
        edges,
        percent.map((value) => (value <= top ? value : Number.NaN)),
        x,
        y,
        i,
      ),
    ),
    legend(entries, BOX, 'right'),
    frame(BOX, x, y, { x: true }),
    yTitle(BOX, 'Error [%]', y),
    xTitle(BOX, axisLabel(observable), x),
  ]);
  const caption =
    'Size of every source of errors in each bin, in percent of the result; the total adds them in squares.';
  return { name: `errors-${name}-${fileNameOf(method.method)}`, title, caption, svg };
}

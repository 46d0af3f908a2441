import { fileNameOf } from '@unfold-zoo/core/files';
import type { Figure } from '@unfold-zoo/core/findings';
import {
  type Box,
  cells,
  colorOf,
  DIFFERENCE_COLORS,
  element,
  path,
  picture,
  plainText,
} from '@unfold-zoo/report/plot';
import { correlations } from '../statistics/covariance.js';
import type { MeasurementResult } from './measurement-result.js';

const [WIDTH, HEIGHT] = [560, 520];
const BOX: Box = { left: 120, right: 520, top: 40, bottom: 440 };

/** Correlations of the statistical errors of all bins of all observables, by one method; purple 1, orange -1. */
export function covarianceFigure({ observables, jointCovariances }: MeasurementResult, method: string): Figure {
  const { covariance } = jointCovariances.find((each) => each.method === method)!;
  const coefficients = correlations(covariance);
  const bins = coefficients.length;
  const title = `Correlations of bins, ${method}`;
  const step = (BOX.right - BOX.left) / bins;
  let start = 0;
  const labels = observables.flatMap(({ label, bins: own }) => {
    const [first, middle] = [BOX.top + start * step, BOX.top + (start + own.length / 2) * step];
    start += own.length;
    const across = BOX.left + first - BOX.top;
    const lines = [[BOX.left, first], [BOX.right, first], undefined, [across, BOX.top], [across, BOX.bottom]] as const;
    return [
      plainText(BOX.left - 6, middle + 4, label, { 'text-anchor': 'end', 'font-size': 11 }),
      element('path', { d: path(lines), stroke: '#555', 'stroke-width': 0.7, fill: 'none' }),
    ];
  });
  const svg = picture(WIDTH, HEIGHT, title, [
    plainText(BOX.left, 24, title, { 'font-size': 14, 'font-weight': 'bold' }),
    cells(
      {
        rows: bins,
        columns: bins,
        // The first bin stands at the top.
        color: (row, column) => colorOf(DIFFERENCE_COLORS, coefficients[bins - 1 - row]![column]!, [-1, 1]),
      },
      BOX,
    ),
    ...labels,
    plainText(BOX.left, BOX.bottom + 24, 'Purple: together. Orange: against each other. White: independent.'),
  ]);
  const caption =
    'Correlation coefficients of the statistical errors of the true bins, underflow and overflow with them, of all ' +
    'observables one after the other; from replicas of the data.';
  return { name: `correlations-${fileNameOf(method)}`, title, caption, svg };
}

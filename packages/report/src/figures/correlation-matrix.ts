import type { EventSpec } from '@unfold-zoo/core';
import { partonWidth, QUANTITIES } from '@unfold-zoo/core/events';
import type { NumberColumn, PartonColumns } from '@unfold-zoo/metrics';
import { cells } from '../plot/cells.js';
import { colorOf, DIFFERENCE_COLORS } from '../plot/color-map.js';
import { smallMultiples } from '../plot/small-multiples.js';
import { type Box, element, path, picture, plainText } from '../plot/svg.js';
import type { LabelledColumns } from './distribution-figures.js';

/** Events that a matrix is computed from at most: a coefficient is then known to 0.002. */
const MOST_EVENTS = 200_000;

/**
 * Pearson correlation coefficients of the regressed numbers, row-major [P, P], from at most the first 200,000 events;
 * NaN where a number never varies, or where negative weights leave it no positive variance. Arithmetic in float64.
 */
export function correlationMatrix(spec: EventSpec, columns: PartonColumns): Float64Array {
  const width = partonWidth(spec);
  const count = Math.min(columns.count, MOST_EVENTS);
  const weights = columns.weights?.slice(0, count);
  const standard = Array.from({ length: width }, (_, i) => {
    const quantity = QUANTITIES[i % QUANTITIES.length]!;
    return standardised(columns.column(Math.floor(i / QUANTITIES.length), quantity).slice(0, count), weights);
  });
  const matrix = new Float64Array(width * width);
  for (let i = 0; i < width; i++)
    for (let j = 0; j <= i; j++) {
      const rho = dot(standard[i]!, standard[j]!, weights);
      matrix[i * width + j] = rho;
      matrix[j * width + i] = rho;
    }
  return matrix;
}

/** Deviations from the weighted mean, scaled so that weighted products of two sum to their correlation. */
function standardised(values: NumberColumn, weights: NumberColumn | undefined): Float64Array {
  // About a value of the sample, so that sums of large numbers lose nothing.
  const origin = values[0]!;
  let [total, sum] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const weight = weights ? weights[i]! : 1;
    total += weight;
    sum += weight * (values[i]! - origin);
  }
  const mean = origin + sum / total;
  const deviations = Float64Array.from(values, (value) => value - mean);
  const length = Math.sqrt(dot(deviations, deviations, weights));
  // Rounding of a constant column is no variation; nor is a sum of squares that negative weights make negative.
  const varies = length > 1e-6 * Math.max(Math.abs(mean), 1e-6) * Math.sqrt(total);
  return deviations.map((deviation) => (varies ? deviation / length : Number.NaN));
}

function dot(a: Float64Array, b: Float64Array, weights: NumberColumn | undefined): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (weights ? weights[i]! : 1) * a[i]! * b[i]!;
  return sum;
}

/** The root mean square difference of two matrices off the diagonal, where both are numbers. */
export function matrixDifference(a: Float64Array, b: Float64Array): number {
  const width = Math.sqrt(a.length);
  let [sum, count] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    if (Number.isNaN(difference) || Math.floor(i / width) === i % width) continue;
    sum += difference * difference;
    count++;
  }
  return count > 0 ? Math.sqrt(sum / count) : 0;
}

const PANEL = { width: 346, height: 330 } as const;
const BOX: Box = { left: 120, right: 328, top: 34, bottom: 242 };
/** Differences of coefficients at which the colours end. */
const RANGE = [-0.2, 0.2] as const;

/**
 * For each model, correlation coefficients of its regressed numbers less the truth's: particles in blocks, in each of
 * them mass, ln E, px, py, pz. Returns SVG.
 * @example
 * const svg = correlationMatrixFigure(spec, truth, [{ label: 'VLD', columns: predicted }]);
 */
export function correlationMatrixFigure(
  spec: EventSpec,
  truth: PartonColumns,
  models: readonly LabelledColumns[],
): string {
  const ofTruth = correlationMatrix(spec, truth);
  const panels = models.map(({ label, columns }) =>
    matrixPanel(spec, label, correlationMatrix(spec, columns), ofTruth),
  );
  return smallMultiples({
    title: 'Correlation coefficients, model less truth',
    panels: [...panels, keyPanel()],
    panel: PANEL,
    columns: Math.min(models.length + 1, 4),
    entries: [],
    note: `In each block: ${QUANTITIES.join(', ')}. Grey: never varies.`,
  });
}

function matrixPanel(spec: EventSpec, label: string, model: Float64Array, truth: Float64Array): string {
  const width = partonWidth(spec);
  // The first particle stands at the top.
  const color = (row: number, column: number): string => {
    const i = (width - 1 - row) * width + column;
    const difference = model[i]! - truth[i]!;
    return Number.isNaN(difference) ? '#bbbbbb' : colorOf(DIFFERENCE_COLORS, difference, RANGE);
  };
  const title = `${label}: rms ${matrixDifference(model, truth).toFixed(3)}`;
  return picture(PANEL.width, PANEL.height, title, [
    plainText(BOX.left, 22, title, { 'font-size': 14, 'font-weight': 'bold' }),
    cells({ rows: width, columns: width, color }, BOX),
    blockLines(spec.particles.length),
    ...blockLabels(spec),
  ]);
}

function blockLines(particles: number): string {
  const step = (BOX.right - BOX.left) / particles;
  const lines: ([number, number] | undefined)[] = [];
  for (let i = 0; i <= particles; i++) {
    const [x, y] = [BOX.left + i * step, BOX.top + i * step];
    lines.push([x, BOX.top], [x, BOX.bottom], undefined, [BOX.left, y], [BOX.right, y], undefined);
  }
  return element('path', { d: path(lines), stroke: '#777', 'stroke-width': 0.6, fill: 'none' });
}

function blockLabels(spec: EventSpec): string[] {
  const step = (BOX.right - BOX.left) / spec.particles.length;
  return spec.particles.flatMap(({ label }, i) => {
    const [x, y] = [BOX.left + (i + 0.5) * step + 4, BOX.bottom + 6];
    const turned = { 'text-anchor': 'end', 'font-size': 10, transform: `rotate(-60 ${x} ${y})` };
    return [
      plainText(BOX.left - 5, BOX.top + (i + 0.5) * step + 3.5, label, { 'text-anchor': 'end', 'font-size': 10 }),
      plainText(x, y, label, turned),
    ];
  });
}

function keyPanel(): string {
  const box: Box = { left: 60, right: 84, top: 34, bottom: 242 };
  const rows = DIFFERENCE_COLORS.length;
  const labels = [RANGE[0], 0, RANGE[1]].map((value) => {
    const share = (value - RANGE[0]) / (RANGE[1] - RANGE[0]);
    const text = value > 0 ? `+${value}` : String(value).replace('-', '−');
    return plainText(box.right + 8, box.bottom - share * (box.bottom - box.top) + 4, text);
  });
  return picture(PANEL.width, PANEL.height, 'Colours', [
    cells({ rows, columns: 1, color: (row) => DIFFERENCE_COLORS[row] }, box),
    element('rect', {
      x: box.left,
      y: box.top,
      width: 24,
      height: box.bottom - box.top,
      fill: 'none',
      stroke: 'black',
    }),
    ...labels,
  ]);
}

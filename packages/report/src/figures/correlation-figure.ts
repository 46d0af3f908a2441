import type { EventSpec } from '@unfold-zoo/core';
import { type PartonColumns, quantityColumn } from '@unfold-zoo/metrics';
import { densityLevel, type Histogram2d, histogram2d, smoothed } from '../histograms/histogram-2d.js';
import { cells, outline } from '../plot/cells.js';
import { colorOf, DENSITY_COLORS } from '../plot/color-map.js';
import { constantOf, constantPicture, valueText } from '../plot/constant-picture.js';
import { frame, xTitle, yTitle } from '../plot/frame.js';
import type { LegendEntry } from '../plot/legend.js';
import { smallMultiples } from '../plot/small-multiples.js';
import { type Box, element, picture, plainText } from '../plot/svg.js';
import { linearAxis } from '../plot/ticks.js';
import type { LabelledColumns } from './distribution-figures.js';
import { quantityEdges } from './quantity-edges.js';
import { axisTitle, choiceName, type FigureChoice, figureChoice, unitOf } from './quantity-names.js';

/** Two quantities whose joint distribution is drawn. */
export interface CorrelationChoice {
  readonly x: FigureChoice;
  readonly y: FigureChoice;
}

/** Pairs that `correlationChoices` takes at most where the topology names none. */
const MOST_PAIRS = 3;

/** The pairs that a report shows: those the topology names, or pt of each particle and of the next, at most three. */
export function correlationChoices(spec: EventSpec): CorrelationChoice[] {
  const named = spec.figures?.correlations;
  if (named) return named.map(([x, y]) => ({ x: figureChoice(spec, x), y: figureChoice(spec, y) }));
  const pairs = spec.particles.slice(1).map((_, particle): CorrelationChoice => {
    return { x: { particle, quantity: 'pt' }, y: { particle: particle + 1, quantity: 'pt' } };
  });
  return pairs.slice(0, MOST_PAIRS);
}

/** Names of a pair that may stand in a file's name. */
export function correlationName(spec: EventSpec, { x, y }: CorrelationChoice): string {
  return `${choiceName(spec, x)}-and-${choiceName(spec, y)}`;
}

/** Bins on each axis. */
const BINS = 36;
const PANEL = { width: 300, height: 290 } as const;
const BOX: Box = { left: 72, right: 288, top: 30, bottom: 240 };
/** Regions of highest density that outlines show. */
const FRACTIONS = [0.5, 0.9] as const;
const TRUTH_LINE = { color: '#000000', dash: undefined } as const;
const MODEL_LINE = { color: '#d55e00', dash: '4 2' } as const;

/**
 * The joint distribution of two quantities: the truth, then each model, over which lie the smallest regions that hold
 * 50 % and 90 % of the truth, and its own. Outlines are of counts smoothed over neighbouring bins. Returns SVG.
 * @example
 * const [choice] = correlationChoices(spec);
 * const svg = correlationFigure(spec, choice, truth, [{ label: 'VLD', columns: predicted }]);
 */
export function correlationFigure(
  spec: EventSpec,
  { x, y }: CorrelationChoice,
  truth: PartonColumns,
  models: readonly LabelledColumns[],
): string {
  const title = `${spec.particles[x.particle]!.label} and ${spec.particles[y.particle]!.label}`;
  const [ofX, ofY] = [quantityColumn(truth, x), quantityColumn(truth, y)];
  const constants = [constantSentence(spec, x, ofX), constantSentence(spec, y, ofY)].flat();
  if (constants.length > 0) {
    const quantity = `${axisTitle(spec, x)}, ${axisTitle(spec, y)}`;
    return constantPicture({ width: 2 * PANEL.width, height: PANEL.height, title, quantity, sentences: constants });
  }
  const edges = { x: quantityEdges(x.quantity, ofX, BINS), y: quantityEdges(y.quantity, ofY, BINS) };
  const density = (columns: PartonColumns): Histogram2d =>
    histogram2d(quantityColumn(columns, x), quantityColumn(columns, y), edges, columns.weights);
  const ofTruth = density(truth);
  const titles = { x: axisTitle(spec, x), y: axisTitle(spec, y) };
  const entries: LegendEntry[] = [
    { label: 'Truth, 50 % and 90 %', style: TRUTH_LINE },
    { label: 'Model, 50 % and 90 %', style: MODEL_LINE },
  ];
  return smallMultiples({
    title,
    panels: [
      densityPanel('Truth', ofTruth, ofTruth, titles),
      ...models.map(({ label, columns }) => densityPanel(label, density(columns), ofTruth, titles)),
    ],
    panel: PANEL,
    columns: models.length < 4 ? models.length + 1 : 4,
    entries,
    note: "Colour: share of the sample in a bin, on the truth's scale.",
  });
}

/** Why there is nothing to correlate, in a list; empty for a quantity that varies. */
function constantSentence(spec: EventSpec, { particle, quantity }: FigureChoice, values: Float64Array): string[] {
  const constant = constantOf(values);
  if (constant === undefined) return [];
  const what = `${quantity} of ${spec.particles[particle]!.label}`;
  return [`Nothing to correlate: ${what} is ${valueText(constant, unitOf(quantity))} in every true event.`];
}

function densityPanel(label: string, shown: Histogram2d, truth: Histogram2d, titles: { x: string; y: string }): string {
  const [columns, rows] = [shown.xEdges.length - 1, shown.yEdges.length - 1];
  const x = linearAxis([shown.xEdges[0]!, shown.xEdges[columns]!], [BOX.left, BOX.right], 4);
  const y = linearAxis([shown.yEdges[0]!, shown.yEdges[rows]!], [BOX.bottom, BOX.top], 5);
  const highest = truth.counts.reduce((most, count) => Math.max(most, count / truth.total), 0) || 1;
  const color = (row: number, column: number): string | undefined => {
    const share = shown.counts[row * columns + column]! / shown.total;
    return share > 0 ? colorOf(DENSITY_COLORS, share, [0, highest]) : undefined;
  };
  const own = shown === truth ? [] : outlines(shown, MODEL_LINE);
  return picture(PANEL.width, PANEL.height, label, [
    plainText(BOX.left, 20, label, { 'font-size': 14, 'font-weight': 'bold' }),
    cells({ rows, columns, color }, BOX),
    ...outlines(truth, TRUTH_LINE),
    ...own,
    frame(BOX, x, y, { x: true }),
    xTitle(BOX, titles.x, x),
    yTitle(BOX, titles.y, y),
  ]);
}

function outlines(h: Histogram2d, { color, dash }: { color: string; dash: string | undefined }): string[] {
  const smooth = smoothed(h);
  const [columns, rows] = [h.xEdges.length - 1, h.yEdges.length - 1];
  return FRACTIONS.map((fraction) => {
    const level = densityLevel(smooth, fraction);
    const inside = (row: number, column: number): boolean => {
      const count = smooth.counts[row * columns + column]!;
      return count > 0 && count >= level;
    };
    const line = { fill: 'none', stroke: color, 'stroke-width': 1.3, 'stroke-dasharray': dash };
    return element('path', { d: outline(rows, columns, inside, BOX), ...line });
  });
}

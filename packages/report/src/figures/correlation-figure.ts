import type { EventSpec } from '@unfold-zoo/core';
import { type PartonColumns, quantityColumn } from '@unfold-zoo/metrics';
import { type Histogram2d, histogram2d } from '../histograms/histogram-2d.js';
import { constantOf, constantPicture, valueText } from '../plot/constant-picture.js';
import { DENSITY_PANEL, densityPlot } from '../plot/density-plot.js';
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
    return constantPicture({
      width: 2 * DENSITY_PANEL.width,
      height: DENSITY_PANEL.height,
      title,
      quantity,
      sentences: constants,
    });
  }
  const edges = { x: quantityEdges(x.quantity, ofX, BINS), y: quantityEdges(y.quantity, ofY, BINS) };
  const density = (columns: PartonColumns): Histogram2d =>
    histogram2d(quantityColumn(columns, x), quantityColumn(columns, y), edges, columns.weights);
  return densityPlot({
    title,
    xTitle: axisTitle(spec, x),
    yTitle: axisTitle(spec, y),
    reference: { label: 'Truth', density: density(truth) },
    others: models.map(({ label, columns }) => ({ label, density: density(columns) })),
  });
}

/** Why there is nothing to correlate, in a list; empty for a quantity that varies. */
function constantSentence(spec: EventSpec, { particle, quantity }: FigureChoice, values: Float64Array): string[] {
  const constant = constantOf(values);
  if (constant === undefined) return [];
  const what = `${quantity} of ${spec.particles[particle]!.label}`;
  return [`Nothing to correlate: ${what} is ${valueText(constant, unitOf(quantity))} in every true event.`];
}

import type { EventSpec } from '@unfold-zoo/core';
import { KINEMATIC_QUANTITIES } from '@unfold-zoo/core/events';
import { type PartonColumns, quantityColumn } from '@unfold-zoo/metrics';
import { histogram } from '../histograms/histogram.js';
import { constantOf, valueText } from '../plot/constant-picture.js';
import type { LegendEntry } from '../plot/legend.js';
import { lineStyle } from '../plot/palette.js';
import { RATIO_PLOT_SIZE, type RatioPlot, ratioPlot } from '../plot/ratio-plot.js';
import { smallMultiples } from '../plot/small-multiples.js';
import { quantityAxis } from './quantity-edges.js';
import { axisTitle, type FigureChoice, figureChoice, unitOf } from './quantity-names.js';

/** The distributions that stand first: those the topology names, or mass and pt of each particle. */
export function highlights(spec: EventSpec): FigureChoice[] {
  if (spec.figures?.distributions) return spec.figures.distributions.map((each) => figureChoice(spec, each));
  return spec.particles.flatMap((_, particle) =>
    (['mass', 'pt'] as const).map((quantity): FigureChoice => ({ particle, quantity })),
  );
}

/** Every particle and quantity: highlights first, then by particle. */
export function allFigures(spec: EventSpec): FigureChoice[] {
  const first = highlights(spec);
  const all = spec.particles.flatMap((_, particle) => KINEMATIC_QUANTITIES.map((quantity) => ({ particle, quantity })));
  const isFirst = (choice: FigureChoice): boolean =>
    first.some(({ particle, quantity }) => particle === choice.particle && quantity === choice.quantity);
  return [...first, ...all.filter((choice) => !isFirst(choice))];
}

/** A set of partons, as a legend calls it. */
export interface LabelledColumns {
  readonly label: string;
  readonly columns: PartonColumns;
}

/**
 * The distribution of one quantity of one particle: the truth, models over it, and their ratio, for `ratioPlot`.
 * @example
 * const [choice] = highlights(spec);
 * const svg = ratioPlot(distributionPlot(spec, choice, truth, [{ label: 'VLD', columns: predicted }]));
 */
export function distributionPlot(
  spec: EventSpec,
  choice: FigureChoice,
  truth: PartonColumns,
  models: readonly LabelledColumns[],
): RatioPlot {
  const { particle, quantity } = choice;
  const trueColumn = quantityColumn(truth, choice);
  const { edges, yScale } = quantityAxis(quantity, trueColumn);
  const drawn = models.map(({ label, columns }) => ({ label, columns, values: quantityColumn(columns, choice) }));
  const constant = constantOf(trueColumn);
  return {
    title: spec.particles[particle]!.label,
    xTitle: axisTitle(spec, choice),
    unit: unitOf(quantity),
    yScale,
    truth: { label: 'Truth', histogram: histogram(trueColumn, edges, truth.weights) },
    models: drawn.map(({ label, columns, values }) => ({
      label,
      histogram: histogram(values, edges, columns.weights),
    })),
    ...(constant !== undefined && { constant: constantSentences(constant, drawn, unitOf(quantity)) }),
  };
}

/** What is said of a truth that never varies, and of where models draw it. */
function constantSentences(
  truth: number,
  models: readonly { readonly label: string; readonly values: Float64Array }[],
  unit: string,
): string[] {
  return [
    `Constant: ${valueText(truth, unit)} in every true event.`,
    ...models.map(({ label, values }) => {
      const constant = constantOf(values);
      if (constant !== undefined) return `${label}: ${valueText(constant, unit)} in every draw.`;
      const sorted = values.toSorted();
      const [low, high] = [0.05, 0.95].map((share) => sorted[Math.floor(share * (sorted.length - 1))]!);
      return `${label}: ${valueText(low!)} to ${valueText(high!, unit)} in 90 % of the draws.`;
    }),
  ];
}

/** Draws `distributionPlot`. Returns SVG. */
export function distributionFigure(...of: Parameters<typeof distributionPlot>): string {
  return ratioPlot(distributionPlot(...of));
}

/**
 * Plots of one truth and the same models on a page, as in the paper's Figures 6 to 16, under one legend. Returns SVG.
 */
export function particlePage(title: string, plots: readonly RatioPlot[]): string {
  const entries: LegendEntry[] = [
    { label: 'Truth', style: 'filled' },
    ...(plots[0]?.models ?? []).map(({ label }, i) => ({ label, style: lineStyle(i), series: i })),
  ];
  const panels = plots.map((plot) => ratioPlot({ ...plot, legend: false }));
  return smallMultiples({ title, panels, entries, columns: 2, panel: RATIO_PLOT_SIZE });
}

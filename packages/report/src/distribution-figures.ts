import type { EventSpec } from '@unfold-zoo/core';
import {
  KINEMATIC_QUANTITIES,
  type KinematicQuantity,
  kinematicQuantity,
  momentaOf,
  type PartonColumns,
} from '@unfold-zoo/metrics';
import { histogram } from './histogram.js';
import type { LegendEntry } from './legend.js';
import { lineStyle } from './palette.js';
import { quantityAxis } from './quantity-edges.js';
import { axisTitle, type FigureChoice, unitOf } from './quantity-names.js';
import { RATIO_PLOT_SIZE, type RatioPlot, ratioPlot } from './ratio-plot.js';
import { smallMultiples } from './small-multiples.js';

/** What a report shows first: masses of the tops and W bosons, then pt and eta of a top. */
const HIGHLIGHTS: readonly (readonly [particle: string, quantity: KinematicQuantity])[] = [
  ['hadronic_top', 'mass'],
  ['leptonic_top', 'mass'],
  ['hadronic_W', 'mass'],
  ['leptonic_W', 'mass'],
  ['hadronic_top', 'pt'],
  ['hadronic_top', 'eta'],
];

/** The figures that stand first; for particles of other names, mass and pt of each. */
export function highlights(spec: EventSpec): FigureChoice[] {
  const names = spec.particles.map(({ name }) => name);
  const known = HIGHLIGHTS.map(([name, quantity]) => ({ particle: names.indexOf(name), quantity }));
  const present = known.filter(({ particle }) => particle >= 0);
  if (present.length > 0) return present;
  return names.flatMap((_, particle) => (['mass', 'pt'] as const).map((quantity) => ({ particle, quantity })));
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

/** The values of one quantity of one particle, [n]. */
export function quantityColumn(columns: PartonColumns, { particle, quantity }: FigureChoice): Float64Array {
  return kinematicQuantity(momentaOf(columns, particle), quantity);
}

/** The distribution of one quantity of one particle: the truth, models over it, and their ratio, for `ratioPlot`. */
export function distributionPlot(
  spec: EventSpec,
  choice: FigureChoice,
  truth: PartonColumns,
  models: readonly LabelledColumns[],
): RatioPlot {
  const { particle, quantity } = choice;
  const trueColumn = quantityColumn(truth, choice);
  const { edges, yScale } = quantityAxis(quantity, trueColumn);
  return {
    title: spec.particles[particle]!.label,
    xTitle: axisTitle(spec, choice),
    unit: unitOf(quantity),
    yScale,
    truth: { label: 'Truth', histogram: histogram(trueColumn, edges, truth.weights) },
    models: models.map(({ label, columns }) => ({
      label,
      histogram: histogram(quantityColumn(columns, choice), edges, columns.weights),
    })),
  };
}

/** Draws `distributionPlot`. Returns SVG. */
export function distributionFigure(...of: Parameters<typeof distributionPlot>): string {
  return ratioPlot(distributionPlot(...of));
}

/** Plots of one truth and the same models on a page, as in the paper's Figures 6 to 16, under one legend. Returns SVG. */
export function particlePage(title: string, plots: readonly RatioPlot[]): string {
  const entries: LegendEntry[] = [
    { label: 'Truth', style: 'filled' },
    ...(plots[0]?.models ?? []).map(({ label }, i) => ({ label, style: lineStyle(i), series: i })),
  ];
  const panels = plots.map((plot) => ratioPlot({ ...plot, legend: false }));
  return smallMultiples({ title, panels, entries, columns: 2, panel: RATIO_PLOT_SIZE });
}

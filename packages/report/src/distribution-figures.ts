import type { EventSpec } from '@unfold-zoo/core';
import {
  KINEMATIC_QUANTITIES,
  type KinematicQuantity,
  kinematicQuantity,
  momentaOf,
  type PartonColumns,
} from '@unfold-zoo/metrics';
import { histogram } from './histogram.js';
import { quantityEdges } from './quantity-edges.js';
import { ratioPlot } from './ratio-plot.js';
import { escapeMarkup } from './svg.js';

const SYMBOLS: Readonly<Record<KinematicQuantity, { symbol: string; unit: string }>> = {
  mass: { symbol: 'm', unit: 'GeV' },
  pt: { symbol: 'p_T', unit: 'GeV' },
  eta: { symbol: 'η', unit: '' },
  phi: { symbol: 'φ', unit: 'rad' },
  energy: { symbol: 'E', unit: 'GeV' },
  px: { symbol: 'p_x', unit: 'GeV' },
  py: { symbol: 'p_y', unit: 'GeV' },
  pz: { symbol: 'p_z', unit: 'GeV' },
};

/** What a report shows first: masses of the tops and W bosons, then pt and eta of a top. */
const HIGHLIGHTS: readonly (readonly [particle: string, quantity: KinematicQuantity])[] = [
  ['hadronic_top', 'mass'],
  ['leptonic_top', 'mass'],
  ['hadronic_W', 'mass'],
  ['leptonic_W', 'mass'],
  ['hadronic_top', 'pt'],
  ['hadronic_top', 'eta'],
];

/** One particle and quantity to draw. */
export interface FigureChoice {
  /** Index in the event description. */
  readonly particle: number;
  readonly quantity: KinematicQuantity;
}

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

/** The distribution of one quantity of one particle: the truth, models over it, and their ratio. Returns SVG. */
export function distributionFigure(
  spec: EventSpec,
  { particle, quantity }: FigureChoice,
  truth: PartonColumns,
  models: readonly LabelledColumns[],
): string {
  const { label } = spec.particles[particle]!;
  const { symbol, unit } = SYMBOLS[quantity];
  const columnOf = (columns: PartonColumns): Float64Array => kinematicQuantity(momentaOf(columns, particle), quantity);
  const trueColumn = columnOf(truth);
  const edges = quantityEdges(quantity, trueColumn);
  return ratioPlot({
    title: label,
    xTitle: `${symbol}(${escapeMarkup(label)})${unit && ` [${unit}]`}`,
    unit,
    truth: { label: 'Truth', histogram: histogram(trueColumn, edges, truth.weights) },
    models: models.map(({ label, columns }) => ({
      label,
      histogram: histogram(columnOf(columns), edges, columns.weights),
    })),
  });
}

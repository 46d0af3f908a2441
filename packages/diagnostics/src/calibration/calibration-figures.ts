import type { EventSpec } from '@unfold-zoo/core';
import { KINEMATIC_QUANTITIES } from '@unfold-zoo/core/events';
import type { Figure } from '@unfold-zoo/core/findings';
import { type Curve, type CurvePanel, curvePanels } from '../drawing/curve-panels.js';
import { symbolOf } from '../draws/quantity-blocks.js';
import type { EcdfBand } from './ecdf-band.js';
import type { QuantityRanks } from './quantity-ranks.js';
import type { RankHistogram } from './rank-histogram.js';
import { COVERAGE_LEVELS, coverageAt } from './rank-summary.js';

export const HORIZONTAL = [
  [0, 0],
  [1, 0],
] as const;

/** ECDF of the probability integral transform less the diagonal, a panel for each particle. */
export function transformFigure(spec: EventSpec, ranks: readonly QuantityRanks[], band: EcdfBand): Figure {
  const panels = particlePanels(spec, ranks, (histogram, style) => ecdfCurve(histogram, band, style));
  return {
    name: 'calibration-pit',
    title: 'Where the truth lies among the draws',
    caption:
      'Share of events whose truth lies below a quantile of its posterior, less that quantile; one line a quantity. ' +
      'Right posteriors stay within the grey band at all quantiles together in 95 of 100 cases. Up and then down: ' +
      'too narrow; down and then up: too wide; all above zero: the draws are too high; all below: too low.',
    svg: curvePanels({
      title: 'Where the truth lies among the draws',
      note: 'Grey: where right posteriors lie, at all quantiles together, in 95 % of cases.',
      labels: KINEMATIC_QUANTITIES.map(symbolOf),
      panels: panels.map((panel) => ({ ...panel, band: differenceBand(band), guide: HORIZONTAL })),
      x: [0, 1],
      xTitle: 'Quantile of the posterior',
      yTitle: 'Share below − quantile',
    }),
  };
}

/** Coverage of central intervals less their level, a panel for each particle. */
export function coverageFigure(spec: EventSpec, ranks: readonly QuantityRanks[]): Figure {
  const first = ranks[0]!.histogram;
  const errors = COVERAGE_LEVELS.map((level) => 2 * coverageAt(first, level).error);
  const band = { x: COVERAGE_LEVELS, low: errors.map((error) => -error), high: errors };
  const panels = particlePanels(spec, ranks, (histogram, style) => ({
    style,
    x: COVERAGE_LEVELS,
    y: COVERAGE_LEVELS.map((level) => coverageAt(histogram, level).value - level),
  }));
  return {
    name: 'calibration-coverage',
    title: 'Coverage of central intervals',
    caption:
      'How often the truth lies in the central interval of a level, less that level. Above zero posteriors are too ' +
      'wide, below it too narrow or biased. Grey: two standard errors at each level.',
    svg: curvePanels({
      title: 'Coverage of central intervals',
      note: 'Grey: two standard errors at each level. Above zero: too wide. Below: too narrow, or biased.',
      labels: KINEMATIC_QUANTITIES.map(symbolOf),
      panels: panels.map((panel) => ({ ...panel, band, guide: HORIZONTAL })),
      x: [0, 1],
      xTitle: 'Level of the interval',
      yTitle: 'Coverage − level',
    }),
  };
}

/** The same as `transformFigure` for distances from random points in all momenta. */
export function tarpFigure(histograms: readonly RankHistogram[], band: EcdfBand): Figure {
  const panel = {
    title: 'All momenta together',
    curves: histograms.map((histogram, i) => ecdfCurve(histogram, band, i)),
    band: differenceBand(band),
    guide: HORIZONTAL,
  };
  return {
    name: 'calibration-tarp',
    title: 'All momenta together (TARP)',
    caption:
      'Share of events with fewer than that share of draws nearer to a random point than the truth, less that share; ' +
      'one line for each set of points. Right posteriors stay within the grey band in 95 of 100 cases. What leaves ' +
      'it here and not quantity by quantity is a wrong correlation of particles.',
    svg: curvePanels({
      title: 'All momenta together (TARP)',
      note: 'Grey: where right posteriors lie in 95 % of cases.',
      labels: histograms.map((_, i) => `points ${i + 1}`),
      panels: [panel],
      x: [0, 1],
      xTitle: 'Share of draws nearer than the truth',
      yTitle: 'Share of events − that',
    }),
  };
}

function particlePanels(
  spec: EventSpec,
  ranks: readonly QuantityRanks[],
  curve: (histogram: RankHistogram, style: number) => Curve,
): CurvePanel[] {
  return spec.particles.map(({ label }, particle) => ({
    title: label,
    curves: ranks
      .filter((each) => each.particle === particle)
      .map(({ quantity, histogram }) => curve(histogram, KINEMATIC_QUANTITIES.indexOf(quantity))),
  }));
}

function ecdfCurve(histogram: RankHistogram, { at }: EcdfBand, style: number): Curve {
  const x = [0, ...at, 1];
  return { style, x, y: x.map((quantile) => histogram.below(quantile) - quantile) };
}

function differenceBand({ at, low, high }: EcdfBand): NonNullable<CurvePanel['band']> {
  const less = (end: readonly number[]): number[] => [0, ...end.map((value, k) => value - at[k]!), 0];
  return { x: [0, ...at, 1], low: less(low), high: less(high) };
}

import type { EventSpec } from '@unfold-zoo/core';
import type { Figure } from '@unfold-zoo/core/findings';
import {
  type Box,
  cells,
  colorOf,
  DENSITY_COLORS,
  element,
  frame,
  linearAxis,
  picture,
  plainText,
  smallMultiples,
  xTitle,
  yTitle,
} from '@unfold-zoo/report/plot';
import { type Curve, curvePanels } from '../drawing/curve-panels.js';
import { columnName, type ParticleColumn } from '../draws/quantity-blocks.js';
import type { Measured } from '../statistics/measured.js';
import type { QuantileSketch } from '../statistics/quantile-sketch.js';
import type { Migration } from './migration.js';
import type { BinnedErrors, QuantityErrors } from './resolution-statistics.js';

const LABELS = ['draws', 'mean of the draws', 'detector'] as const;

/** A quantity that is looked at bin by bin. */
type BinnedQuantity = QuantityErrors & { readonly binned: BinnedErrors };

/** Those of the quantities that are looked at bin by bin. */
export function binnedQuantities(errors: readonly QuantityErrors[]): BinnedQuantity[] {
  return errors.filter((each): each is BinnedQuantity => each.binned !== undefined);
}

/** Width of errors in bins of the truth, a panel for each quantity. */
export function widthFigure(spec: EventSpec, quantities: readonly BinnedQuantity[]): Figure {
  return binnedFigure(spec, quantities, {
    name: 'resolution-width',
    title: 'Resolution in bins of the truth',
    caption:
      'Half of the central 68.3 % of what is unfolded less the truth, in bins of the truth that hold as many events ' +
      'each: of single draws, of the mean of the draws of an event, and of what the detector reads of the particle. ' +
      'The mean should be below the detector, else the measured object is the better answer. ' +
      'Draws of a right posterior scatter up to 1.41 times as far as their mean.',
    yTitle: 'Core width of errors',
    of: (sketch) => sketch.coreWidth(),
  });
}

/** Medians of errors in bins of the truth, a panel for each quantity. */
export function biasFigure(spec: EventSpec, quantities: readonly BinnedQuantity[]): Figure {
  return binnedFigure(spec, quantities, {
    name: 'resolution-bias',
    title: 'Bias in bins of the truth',
    caption:
      'Median of what is unfolded less the truth, in bins of the truth. Right posteriors too are drawn to the middle ' +
      'of the simulation in the outer bins, the more so the less the detector says; a bias in all bins is a fault.',
    yTitle: 'Median of errors',
    of: (sketch) => sketch.median(),
  });
}

interface BinnedPicture {
  readonly name: string;
  readonly title: string;
  readonly caption: string;
  readonly yTitle: string;
  readonly of: (sketch: QuantileSketch) => Measured;
}

function binnedFigure(spec: EventSpec, quantities: readonly BinnedQuantity[], figure: BinnedPicture): Figure {
  const { name, title, caption, yTitle, of } = figure;
  const panels = quantities.map(({ binned: { bins, errors }, seen, ...column }) => {
    const curve = (style: number, sketch: (at: number) => QuantileSketch): Curve => ({
      style,
      x: bins.centres,
      y: errors.map((_, bin) => of(sketch(bin)).value),
    });
    const drawn = [curve(0, (bin) => errors[bin]!.draws), curve(1, (bin) => errors[bin]!.mean)];
    const detector = seen > 0 ? [curve(2, (bin) => errors[bin]!.detector)] : [];
    return { title: panelTitle(spec, column), curves: [...drawn, ...detector] };
  });
  const svg = curvePanels({ title, note: '', labels: LABELS, panels, xTitle: 'Truth', yTitle, axes: 'own' });
  return { name, title, caption, svg };
}

/** E.g. `Hadronic t pT [GeV]`. */
function panelTitle(spec: EventSpec, column: ParticleColumn): string {
  const unit = { eta: '', phi: ' [rad]' }[column.quantity as string] ?? ' [GeV]';
  return columnName(spec, column) + unit;
}

const PANEL = { width: 270, height: 240 } as const;
const BOX: Box = { left: 70, right: 256, top: 30, bottom: 196 };

/** Where draws of each bin of truth come out, a panel for each quantity. */
export function migrationFigure(spec: EventSpec, quantities: readonly BinnedQuantity[]): Figure {
  const title = 'Migration between bins';
  const panels = quantities.map(({ binned, ...column }) => migrationPanel(columnName(spec, column), binned.draws));
  return {
    name: 'resolution-migration',
    title,
    caption:
      'Share of the draws of the events of a bin of truth, one column each, that come out in each bin; bins are ' +
      'numbered from the lowest and hold as many true events each. The more on the diagonal, the sharper.',
    svg: smallMultiples({
      title,
      note: 'White: none. Darkest: all of the draws of a bin of truth.',
      entries: [],
      panels,
      panel: PANEL,
      columns: Math.min(4, Math.max(2, panels.length)),
    }),
  };
}

function migrationPanel(title: string, migration: Migration): string {
  const { bins } = migration;
  const ends = [0.5, bins + 0.5] as const;
  const x = linearAxis(ends, [BOX.left, BOX.right], bins);
  const y = linearAxis(ends, [BOX.bottom, BOX.top], bins);
  const color = (row: number, column: number) => colorOf(DENSITY_COLORS, migration.share(column, row), [0, 1]);
  const numbers = Array.from({ length: bins }, (_, bin) => {
    const share = migration.stability(bin);
    const how = { 'font-size': 10, 'text-anchor': 'middle', fill: share > 0.5 ? '#ffffff' : '#333333' };
    return plainText(x.at(bin + 1), y.at(bin + 1) + 4, share.toFixed(2), how);
  });
  return picture(PANEL.width, PANEL.height, title, [
    plainText(BOX.left, 20, title, { 'font-size': 13, 'font-weight': 'bold' }),
    cells({ rows: bins, columns: bins, color }, BOX),
    element('g', {}, numbers.join('\n')),
    frame(BOX, x, y, { x: true }),
    xTitle(BOX, 'Bin of the truth', x),
    yTitle(BOX, 'Bin of the draws', y),
  ]);
}

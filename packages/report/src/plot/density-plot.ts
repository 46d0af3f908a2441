import { densityLevel, type Histogram2d, smoothed } from '../histograms/histogram-2d.js';
import { cells, outline } from './cells.js';
import { colorOf, DENSITY_COLORS } from './color-map.js';
import { frame, xTitle, yTitle } from './frame.js';
import type { LegendEntry } from './legend.js';
import { smallMultiples } from './small-multiples.js';
import { type Box, element, picture, plainText } from './svg.js';
import { linearAxis } from './ticks.js';

/** A joint distribution of two numbers with its name. */
export interface NamedDensity {
  readonly label: string;
  readonly density: Histogram2d;
}

/** Joint distributions side by side, in the same bins. */
export interface DensityPlot {
  readonly title: string;
  /** In the markup of `richText`, as `yTitle`. */
  readonly xTitle: string;
  readonly yTitle: string;
  /** What the others are compared with, whose scale of colours all have. */
  readonly reference: NamedDensity;
  readonly others: readonly NamedDensity[];
  /** Default: linear. */
  readonly colorScale?: 'linear' | 'log';
}

/** Size of the picture of one distribution, pixels. */
export const DENSITY_PANEL = { width: 300, height: 290 } as const;
const BOX: Box = { left: 72, right: 288, top: 30, bottom: 240 };
/** Regions of highest density that outlines show. */
const FRACTIONS = [0.5, 0.9] as const;
const REFERENCE_LINE = { color: '#000000', dash: undefined } as const;
const OWN_LINE = { color: '#d55e00', dash: '4 2' } as const;
/** The least share of a bin that a logarithmic scale tells from less, over the largest. */
const LEAST_SHARE = 1e-3;

/**
 * Joint distributions of two numbers: over each lie the smallest regions that hold 50 % and 90 % of the reference, and
 * its own. Outlines are of counts smoothed over neighbouring bins. Returns SVG.
 */
export function densityPlot(plot: DensityPlot): string {
  const { title, reference, others, colorScale = 'linear' } = plot;
  const own: LegendEntry[] = others.length === 0 ? [] : [{ label: 'Model, 50 % and 90 %', style: OWN_LINE }];
  const scale = colorScale === 'log' ? ', logarithmic' : '';
  const name = reference.label === 'Truth' ? 'the truth' : reference.label;
  return smallMultiples({
    title,
    panels: [reference, ...others].map((each) => densityPanel(each, plot)),
    panel: DENSITY_PANEL,
    columns: others.length < 4 ? others.length + 1 : 4,
    entries: [{ label: `${reference.label}, 50 % and 90 %`, style: REFERENCE_LINE }, ...own],
    note: `Colour: share of the sample in a bin, on ${name}'s scale${scale}.`,
  });
}

function densityPanel({ label, density }: NamedDensity, plot: DensityPlot): string {
  const [columns, rows] = [density.xEdges.length - 1, density.yEdges.length - 1];
  const x = linearAxis([density.xEdges[0]!, density.xEdges[columns]!], [BOX.left, BOX.right], 4);
  const y = linearAxis([density.yEdges[0]!, density.yEdges[rows]!], [BOX.bottom, BOX.top], 5);
  const reference = plot.reference.density;
  const colorAt = colorsOf(reference, plot.colorScale);
  const color = (row: number, column: number): string | undefined =>
    colorAt(density.counts[row * columns + column]! / density.total);
  return picture(DENSITY_PANEL.width, DENSITY_PANEL.height, label, [
    plainText(BOX.left, 20, label, { 'font-size': 14, 'font-weight': 'bold' }),
    cells({ rows, columns, color }, BOX),
    ...outlines(reference, REFERENCE_LINE),
    ...(density === reference ? [] : outlines(density, OWN_LINE)),
    frame(BOX, x, y, { x: true }),
    xTitle(BOX, plot.xTitle, x),
    yTitle(BOX, plot.yTitle, y),
  ]);
}

/** The colour of a share of a sample; undefined for none. */
function colorsOf({ counts, total }: Histogram2d, scale: DensityPlot['colorScale']) {
  const highest = counts.reduce((most, count) => Math.max(most, count / total), 0) || 1;
  const logarithms = [Math.log(LEAST_SHARE * highest), Math.log(highest)] as const;
  return (share: number): string | undefined => {
    if (!(share > 0)) return undefined;
    if (scale === 'log') return colorOf(DENSITY_COLORS, Math.log(share), logarithms);
    return colorOf(DENSITY_COLORS, share, [0, highest]);
  };
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

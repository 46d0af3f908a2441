import type { Histogram } from '../histograms/histogram.js';
import { type LegendEntry, legendLayout } from './legend.js';
import type { Box } from './svg.js';
import { type Axis, linearAxis, logAxis } from './ticks.js';

/** A labelled histogram. */
export interface Distribution {
  readonly label: string;
  readonly histogram: Histogram;
}

type Side = 'left' | 'right';

/** A panel of counts that is to hold a legend too. */
export interface CountPanel {
  readonly box: Box;
  readonly x: Axis;
  readonly entries: readonly LegendEntry[];
}

/** Empty part of a panel above the highest bin. */
const HEADROOM = 0.08;
/** Decades below the smallest count on a logarithmic axis, in parts of one. */
const FOOTROOM = 0.3;

/**
 * The count axis, high enough that the legend, on its better side, hides no line. Where negative weights make a bin
 * negative, a linear axis reaches down to it; a logarithmic one has no place for it, and shows it as empty.
 */
export function countAxis(
  distributions: readonly Distribution[],
  panel: CountPanel,
  yScale: 'linear' | 'log',
): { y: Axis; side: Side } {
  return yScale === 'log' ? logCounts(distributions, panel) : linearCounts(distributions, panel);
}

function linearCounts(distributions: readonly Distribution[], panel: CountPanel): { y: Axis; side: Side } {
  const free = freeHeight(panel);
  const low = lowestCount(distributions);
  const highest = highestCount(distributions, () => true) * (1 + HEADROOM);
  const needed = (side: Side): number =>
    Math.max(highest, low + (highestCount(distributions, underLegend(side, panel)) - low) / free);
  const side = needed('right') <= needed('left') ? 'right' : 'left';
  return { y: linearAxis([low, needed(side) || 1], [panel.box.bottom, panel.box.top], 6), side };
}

/** The lowest negative count, with its error; 0 where there is none. */
function lowestCount(distributions: readonly Distribution[]): number {
  let lowest = 0;
  for (const { histogram } of distributions)
    for (const [bin, count] of histogram.counts.entries())
      if (count < 0) lowest = Math.min(lowest, count - histogram.errors[bin]!);
  return lowest;
}

function logCounts(distributions: readonly Distribution[], panel: CountPanel): { y: Axis; side: Side } {
  const free = freeHeight(panel);
  const range = [panel.box.bottom, panel.box.top] as const;
  const positive = distributions.flatMap(({ histogram }) => [...histogram.counts].filter((count) => count > 0));
  if (positive.length === 0) return { y: logAxis([0.5, 2], range), side: 'right' };
  const low = Math.log10(Math.min(...positive)) - FOOTROOM;
  const decades = (inside: (position: number) => boolean): number =>
    Math.max(Math.log10(highestCount(distributions, inside)) - low, 0);
  const highest = decades(() => true) * (1 + HEADROOM);
  const needed = (side: Side): number => Math.max(highest, decades(underLegend(side, panel)) / free);
  const side = needed('right') <= needed('left') ? 'right' : 'left';
  return { y: logAxis([10 ** low, 10 ** (low + needed(side))], range), side };
}

/** The share of the panel's height that lies below the legend. */
function freeHeight({ box, entries }: CountPanel): number {
  if (entries.length === 0) return 1;
  return 1 - (legendLayout(entries).height + 26) / (box.bottom - box.top);
}

function underLegend(side: Side, { box, x, entries }: CountPanel): (value: number) => boolean {
  const margin = legendLayout(entries).width + 26;
  return (value) => (side === 'left' ? x.at(value) < box.left + margin : x.at(value) > box.right - margin);
}

/** The highest upper end of an error bar among bins that touch a region. */
function highestCount(distributions: readonly Distribution[], inside: (value: number) => boolean): number {
  let highest = 0;
  for (const { histogram } of distributions)
    for (const [bin, count] of histogram.counts.entries()) {
      if (!inside(histogram.edges[bin]!) && !inside(histogram.edges[bin + 1]!)) continue;
      highest = Math.max(highest, count + histogram.errors[bin]!);
    }
  return highest;
}

/** `0.1 to 0.3 %`: the parts of distributions that lie beyond one end of the x axis. */
export function percentRange(side: 'underflow' | 'overflow', distributions: readonly Distribution[]): string {
  const parts = distributions.map(({ histogram }) => (100 * histogram[side]) / histogram.total);
  const ends = [Math.min(...parts), Math.max(...parts)].map((part) => part.toFixed(1));
  return `${[...new Set(ends)].join(' to ')} %`;
}

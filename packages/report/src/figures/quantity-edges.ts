import type { KinematicQuantity } from '@unfold-zoo/core/events';
import { type NumberColumn, sortedSample } from '@unfold-zoo/metrics';
import { tickStep } from '../plot/ticks.js';

/** About this many bins; the exact number follows from round edges. */
const BINS = 50;
/** Part of the truth that may lie outside, on each side. */
const TAIL = 0.005;
/** A resonance is shown this many interquartile ranges to each side of its median. */
const PEAK_WIDTHS = 6;
/** A sample that never varies is shown over +- this fraction of its value, or this in its unit if that is more. */
const CONSTANT_MARGIN = 1e-3;

/** The same on the upper side of a long tail, which a logarithmic axis shows, and how many events that is at least. */
const LONG_TAIL = 0.001;
const TAIL_EVENTS = 50;
/** Bins of a long tail are this many times as wide, so that its last ones are not empty. */
const TAIL_WIDTH = 1.5;
/** A tail is long if it reaches this many times further from the median than the other. */
const LONG_TAIL_RATIO = 2.5;

/** How one quantity is shown: its bins, and the scale of the counts. */
export interface QuantityAxis {
  readonly edges: Float64Array;
  readonly yScale: 'linear' | 'log';
}

/**
 * Bins and scale for one quantity of the truth [n]. Counts stand on a logarithmic axis where the upper tail is long:
 * where the upper 0.5 % begin more than 2.5 times as far from the median as the lower 0.5 % end. So do energies, most
 * transverse momenta and the mass of a pair above its threshold; masses of resonances, angles and momenta do not.
 */
export function quantityAxis(quantity: KinematicQuantity, truth: NumberColumn, bins = BINS): QuantityAxis {
  const { values } = sortedSample(truth, undefined, quantity);
  const quantile = quantileOf(values);
  const median = quantile(0.5);
  const long = quantile(1 - TAIL) - median > LONG_TAIL_RATIO * (median - quantile(TAIL));
  if (quantity === 'phi' || !long || median === quantile(TAIL))
    return { edges: edgesOf(quantity, values, bins), yScale: 'linear' };
  const low = quantity === 'pt' ? 0 : quantile(LONG_TAIL);
  const high = quantile(1 - Math.min(Math.max(LONG_TAIL, TAIL_EVENTS / values.length), TAIL));
  return { edges: roundEdges(low, high, bins / TAIL_WIDTH), yScale: 'log' };
}

/**
 * Round edges of bins that show one quantity of the truth [n] on a linear axis: the middle 99 %, masses around their
 * peak, all of phi.
 */
export function quantityEdges(quantity: KinematicQuantity, truth: NumberColumn, bins = BINS): Float64Array {
  return edgesOf(quantity, sortedSample(truth, undefined, quantity).values, bins);
}

function edgesOf(quantity: KinematicQuantity, values: Float64Array, bins: number): Float64Array {
  if (quantity === 'phi') {
    const half = Math.round(0.4 * bins); // 40 bins of the usual 50
    return Float64Array.from({ length: 2 * half + 1 }, (_, i) => Math.PI * (i / half - 1));
  }
  const quantile = quantileOf(values);
  let [low, high] = [quantile(TAIL), quantile(1 - TAIL)];
  if (quantity === 'mass') {
    const reach = PEAK_WIDTHS * (quantile(0.75) - quantile(0.25));
    if (reach > 0) [low, high] = [Math.max(low, quantile(0.5) - reach), Math.min(high, quantile(0.5) + reach)];
  } else if (quantity === 'pt') {
    low = 0;
  } else if (quantity !== 'energy') {
    high = Math.max(Math.abs(low), Math.abs(high));
    low = -high;
  }
  return roundEdges(low, high, bins);
}

function quantileOf(sorted: Float64Array): (fraction: number) => number {
  return (fraction) => sorted[Math.round(fraction * (sorted.length - 1))]!;
}

/** About `bins` equal bins that span low to high, with round edges unless low and high are the same. */
export function roundEdges(low: number, high: number, bins = BINS): Float64Array {
  if (!(high > low)) {
    const margin = Math.max(CONSTANT_MARGIN * Math.abs(low), CONSTANT_MARGIN);
    // An odd number of bins puts the value in the middle of one.
    const odd = 2 * Math.floor(bins / 2) + 1;
    return Float64Array.from({ length: odd + 1 }, (_, i) => low + margin * ((2 * i) / odd - 1));
  }
  const step = tickStep(low, high, bins);
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  // Steps below 1 are 1 over a whole number: dividing by it keeps 0.3 from becoming 0.30000000000000004.
  const at = (i: number): number => (step < 1 ? i / Math.round(1 / step) : i * step);
  return Float64Array.from({ length: last - first + 1 }, (_, i) => at(first + i));
}

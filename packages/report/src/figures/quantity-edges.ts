import type { KinematicQuantity } from '@unfold-zoo/core/events';
import { type NumberColumn, sortedSample } from '@unfold-zoo/metrics';
import { BINS, roundEdges } from '../histograms/round-edges.js';

/** Part of the truth that may lie outside, on each side. */
const TAIL = 0.005;
/** A resonance is shown this many interquartile ranges to each side of its median. */
const PEAK_WIDTHS = 6;

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

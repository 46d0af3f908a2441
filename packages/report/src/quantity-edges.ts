import { type KinematicQuantity, type NumberColumn, sortedSample } from '@unfold-zoo/metrics';
import { tickStep } from './ticks.js';

/** About this many bins; the exact number follows from round edges. */
const BINS = 50;
/** Part of the truth that may lie outside, on each side. */
const TAIL = 0.005;
/** A resonance is shown this many interquartile ranges to each side of its median. */
const PEAK_WIDTHS = 6;
/** A sample that never varies is shown over +- this fraction of its value, or this in its unit if that is more. */
const CONSTANT_MARGIN = 1e-3;

/** Round edges of bins that show one quantity of the truth [n]: the middle 99 %, masses around their peak, all of phi. */
export function quantityEdges(quantity: KinematicQuantity, truth: NumberColumn): Float64Array {
  if (quantity === 'phi') return Float64Array.from({ length: 41 }, (_, i) => Math.PI * (i / 20 - 1));
  const { values } = sortedSample(truth, undefined, quantity);
  const quantile = (fraction: number): number => values[Math.round(fraction * (values.length - 1))]!;
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
  return roundEdges(low, high);
}

/** About 50 equal bins that span low to high, with round edges unless low and high are the same. */
export function roundEdges(low: number, high: number): Float64Array {
  if (!(high > low)) {
    const margin = Math.max(CONSTANT_MARGIN * Math.abs(low), CONSTANT_MARGIN);
    // An odd number of bins puts the value in the middle of one.
    return Float64Array.from({ length: BINS + 2 }, (_, i) => low + margin * ((2 * i) / (BINS + 1) - 1));
  }
  const step = tickStep(low, high, BINS);
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  // Steps below 1 are 1 over a whole number: dividing by it keeps 0.3 from becoming 0.30000000000000004.
  const at = (i: number): number => (step < 1 ? i / Math.round(1 / step) : i * step);
  return Float64Array.from({ length: last - first + 1 }, (_, i) => at(first + i));
}

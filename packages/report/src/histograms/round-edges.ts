import { tickStep } from '../plot/ticks.js';

/** About this many bins; the exact number follows from round edges. */
export const BINS = 50;
/** A sample that never varies is shown over +- this fraction of its value, or this in its unit if that is more. */
const CONSTANT_MARGIN = 1e-3;

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

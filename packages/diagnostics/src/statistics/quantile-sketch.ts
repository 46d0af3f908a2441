import type { Measured } from './measured.js';

/** Neighbouring bins differ by this factor, so a quantile is known to a fraction of 1 %. */
const GROWTH = 1.01;
const [SMALLEST, LARGEST] = [1e-6, 1e9] as const;
const LOG_GROWTH = Math.log(GROWTH);
/** Bins of one sign. */
const BINS = Math.ceil(Math.log(LARGEST / SMALLEST) / LOG_GROWTH);
/** Share of a sample on either side over which its density at a quantile is taken. */
const DENSITY_SHARE = 0.05;

/** How far two samples are apart, by their distribution functions. */
export interface SketchDistances {
  /** Integral of the absolute difference, in the unit of the numbers: the Wasserstein-1 distance. */
  readonly wasserstein: number;
  /** The largest difference at the end of a bin: the Kolmogorov-Smirnov distance. */
  readonly ks: number;
}

/** Ends of the central interval that holds as much as one standard deviation about the mean of a normal one. */
const CORE = [0.158655, 0.841345] as const;

/**
 * Quantiles of a sample of any size in fixed memory (24 kB a thousand bins): a histogram whose bins grow by 1 %, for
 * either sign. Numbers nearer to zero than 1e-6 count as zero, and beyond 1e9 as that.
 */
export class QuantileSketch {
  /** Bins from the most negative through zero, in the middle, to the most positive. */
  readonly #bins = new Float64Array(2 * BINS + 1);
  #sum = 0;
  #squares = 0;

  /** Adds one number; its weight may be negative. */
  add(value: number, weight = 1): void {
    const size = Math.abs(value);
    const bin = size < SMALLEST ? 0 : Math.min(Math.floor(Math.log(size / SMALLEST) / LOG_GROWTH) + 1, BINS);
    this.#bins[BINS + (value < 0 ? -bin : bin)]! += weight;
    this.#sum += weight;
    this.#squares += weight * weight;
  }

  /** Numbers of equal weight that would be known as well: (sum of weights)^2 / (sum of their squares). */
  get effectiveCount(): number {
    return this.#squares > 0 ? this.#sum ** 2 / this.#squares : 0;
  }

  /** The number below which lies a share of the sample, 0 to 1; NaN of an empty one. */
  quantile(share: number): number {
    if (!(this.#sum > 0)) return Number.NaN;
    const wanted = share * this.#sum;
    let below = 0;
    for (let i = 0; i < this.#bins.length; i++) {
      const within = this.#bins[i]!;
      if (within > 0 && below + within >= wanted) return between(i, (wanted - below) / within);
      below += within;
    }
    return between(this.#bins.length - 1, 1);
  }

  /** The median. `count`: of how many independent numbers; as many as there are if absent. */
  median(count = this.effectiveCount): Measured {
    return { value: this.quantile(0.5), error: 0.5 / (Math.sqrt(count) * this.#density(0.5)) };
  }

  /** Half of the central 68.27 % interval: the standard deviation of a normal sample, unmoved by tails. */
  coreWidth(count = this.effectiveCount): Measured {
    const [low, high] = CORE;
    const [ofLow, ofHigh] = [this.#density(low), this.#density(high)];
    // Of order statistics: cov(q_a, q_b) = a (1 - b) / (n f_a f_b) for a <= b.
    const own = low * (1 - low) * (1 / ofLow ** 2 + 1 / ofHigh ** 2);
    const shared = (2 * low * (1 - high)) / (ofLow * ofHigh);
    const variance = (own - shared) / (4 * count);
    return { value: (this.quantile(high) - this.quantile(low)) / 2, error: Math.sqrt(Math.max(variance, 0)) };
  }

  /** Distances to another sample, whose numbers count as spread evenly over their bins; NaN if either is empty. */
  distancesTo(other: QuantileSketch): SketchDistances {
    if (!(this.#sum > 0 && other.#sum > 0)) return { wasserstein: Number.NaN, ks: Number.NaN };
    let [wasserstein, ks, before] = [0, 0, 0];
    for (let i = 0; i < this.#bins.length; i++) {
      const after = before + this.#bins[i]! / this.#sum - other.#bins[i]! / other.#sum;
      if (before !== 0 || after !== 0) {
        wasserstein += (between(i, 1) - between(i, 0)) * meanSize(before, after);
        ks = Math.max(ks, Math.abs(after));
      }
      before = after;
    }
    return { wasserstein, ks };
  }

  #density(share: number): number {
    return (2 * DENSITY_SHARE) / (this.quantile(share + DENSITY_SHARE) - this.quantile(share - DENSITY_SHARE));
  }
}

/** Mean absolute value of what goes from one number straight to another. */
function meanSize(from: number, to: number): number {
  if (from * to >= 0) return Math.abs(from + to) / 2;
  return (from ** 2 + to ** 2) / (2 * (Math.abs(from) + Math.abs(to)));
}

/** A number within a bin, a share of the way from its lower end to its upper. */
function between(bin: number, share: number): number {
  const [low, high] = [edge(bin - BINS, 'low'), edge(bin - BINS, 'high')];
  return low + share * (high - low);
}

/** An end of a bin; 0 is the bin of zero. */
function edge(bin: number, end: 'low' | 'high'): number {
  if (bin === 0) return 0;
  const size = (steps: number): number => SMALLEST * Math.exp(LOG_GROWTH * steps);
  if (bin > 0) return size(end === 'low' ? bin - 1 : bin);
  return -size(end === 'low' ? -bin : -bin - 1);
}

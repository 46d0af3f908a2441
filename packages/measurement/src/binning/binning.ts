import { UserError } from '@unfold-zoo/core';

/** Sums over the events of each bin. */
export interface BinSums {
  /** [bins] sum of weights. */
  readonly sums: Float64Array;
  /** [bins] sum of squared weights: the variance of `sums`. */
  readonly squares: Float64Array;
}

/** What a binning does with an axis: its edges, ascending. A bin holds its lower edge, not its upper one. */
export type Edges = readonly number[];

/**
 * Bins of one or more numbers. Every axis has, besides the bins between its edges, an underflow bin before the first
 * and an overflow bin after the last, so that no number but NaN is without a bin. Bins are counted with the last axis
 * fastest; of one axis, 0 is the underflow, 1 the first bin, and `edges.length` the overflow.
 */
export class Binning {
  readonly axes: readonly Edges[];
  /** How many bins there are, underflow and overflow with them. */
  readonly size: number;

  /** @throws UserError for edges that are fewer than two, not finite, or do not ascend. */
  constructor(axes: readonly Edges[]) {
    for (const edges of axes) checkEdges(edges);
    this.axes = axes;
    this.size = axes.reduce((size, edges) => size * (edges.length + 1), 1);
  }

  /** The bin of each event, [n], from a column [n] for each axis; -1 where a number is NaN. */
  binsOf(columns: readonly Float64Array[]): Int32Array {
    const bins = new Int32Array(columns[0]!.length);
    for (const [axis, edges] of this.axes.entries()) {
      const column = columns[axis]!;
      for (let i = 0; i < bins.length; i++) {
        const along = binAlong(edges, column[i]!);
        bins[i] = bins[i]! < 0 || along < 0 ? -1 : bins[i]! * (edges.length + 1) + along;
      }
    }
    return bins;
  }

  /** Where a bin is along each axis: 0 for the underflow. */
  placeOf(bin: number): number[] {
    const place: number[] = [];
    let rest = bin;
    for (const edges of [...this.axes].reverse()) {
      place.unshift(rest % (edges.length + 1));
      rest = Math.floor(rest / (edges.length + 1));
    }
    return place;
  }

  /** The lower and upper end of a bin along each axis; infinite for underflow and overflow. */
  rangesOf(bin: number): (readonly [low: number, high: number])[] {
    return this.placeOf(bin).map((along, axis) => {
      const edges = this.axes[axis]!;
      return [edges[along - 1] ?? Number.NEGATIVE_INFINITY, edges[along] ?? Number.POSITIVE_INFINITY];
    });
  }

  /** Whether a bin is an underflow or overflow along any axis. */
  isOpen(bin: number): boolean {
    return this.rangesOf(bin).some(([low, high]) => !Number.isFinite(high - low));
  }

  /** Product of the widths of a bin; infinite for underflow and overflow. */
  widthOf(bin: number): number {
    return this.rangesOf(bin).reduce((product, [low, high]) => product * (high - low), 1);
  }

  /** `0 to 50`, `above 300`; of several axes joined by commas. */
  labelOf(bin: number): string {
    return this.rangesOf(bin).map(rangeLabel).join(', ');
  }

  /** Runs of neighbouring bins along every axis, without underflow and overflow: smooth spectra are smooth there. */
  get chains(): number[][] {
    const chains = new Map<string, number[]>();
    for (let bin = 0; bin < this.size; bin++) {
      if (this.isOpen(bin)) continue;
      const place = this.placeOf(bin);
      for (const axis of place.keys()) {
        const key = place.map((along, i) => (i === axis ? '*' : along)).join();
        chains.set(key, [...(chains.get(key) ?? []), bin]);
      }
    }
    return [...chains.values()];
  }
}

function checkEdges(edges: Edges): void {
  const shown = `[${edges.join(', ')}]`;
  if (edges.length < 2) throw new UserError(`invalid bins: expected at least two edges, got ${shown}`);
  const wrong = edges.findIndex((edge, i) => !Number.isFinite(edge) || (i > 0 && edge <= edges[i - 1]!));
  if (wrong < 0) return;
  const reason = Number.isFinite(edges[wrong]) ? 'is not above the one before' : 'is not finite';
  throw new UserError(`invalid bins: expected ascending edges, but edge ${edges[wrong]} of ${shown} ${reason}`);
}

/** Bisection: the number of edges that are not above the value; -1 for NaN. */
function binAlong(edges: Edges, value: number): number {
  if (Number.isNaN(value)) return -1;
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function rangeLabel([low, high]: readonly [number, number]): string {
  const text = (edge: number): string => String(Number(edge.toPrecision(6))).replace('-', '−');
  if (low === Number.NEGATIVE_INFINITY) return `below ${text(high)}`;
  return high === Number.POSITIVE_INFINITY ? `above ${text(low)}` : `${text(low)} to ${text(high)}`;
}

/** Sums of the weights of the events of each bin; events of bin -1 are left out. */
export function sumBins(bins: Int32Array, size: number, weights: ArrayLike<number>): BinSums {
  const [sums, squares] = [new Float64Array(size), new Float64Array(size)];
  for (let i = 0; i < bins.length; i++) {
    const bin = bins[i]!;
    if (bin < 0) continue;
    sums[bin]! += weights[i]!;
    squares[bin]! += weights[i]! ** 2;
  }
  return { sums, squares };
}

import type { Rng } from '@unfold-zoo/core';

/**
 * How many of an event's draws lie below its truth, counted over events: all that calibration needs to know, so that
 * draws may stream. Of right posteriors each rank from 0 to the number of draws is equally likely (Talts et al. 2018,
 * arXiv 1804.06788).
 */
export class RankHistogram {
  /** [draws + 1] events of each rank. */
  readonly events: Float64Array;
  /** [draws + 1] their weights. */
  readonly weights: Float64Array;
  /** Sums over all events. */
  weight = 0;
  squaredWeight = 0;

  constructor(readonly draws: number) {
    this.events = new Float64Array(draws + 1);
    this.weights = new Float64Array(draws + 1);
  }

  add(rank: number, weight = 1): void {
    this.events[rank]!++;
    this.weights[rank]! += weight;
    this.weight += weight;
    this.squaredWeight += weight * weight;
  }

  /** (sum w)^2 / sum w^2. */
  get effectiveEvents(): number {
    return this.squaredWeight > 0 ? this.weight ** 2 / this.squaredWeight : 0;
  }

  /** Weighted share of events whose rank over (draws + 1), made continuous, lies below a number in [0, 1]. */
  below(probability: number): number {
    const at = probability * (this.draws + 1);
    let sum = 0;
    for (let rank = 0; rank < Math.min(Math.floor(at), this.draws + 1); rank++) sum += this.weights[rank]!;
    const part = at - Math.floor(at);
    return (sum + (part > 0 ? part * (this.weights[Math.floor(at)] ?? 0) : 0)) / this.weight;
  }

  /**
   * The probability integral transform of each event, with its weight: (rank + v) / (draws + 1), v uniform, which of
   * right posteriors is uniform on (0, 1) for any number of draws.
   */
  transforms(rng: Rng): { readonly values: Float64Array; readonly weights: Float64Array } {
    const count = this.events.reduce((sum, events) => sum + events, 0);
    const [values, weights] = [new Float64Array(count), new Float64Array(count)];
    let filled = 0;
    for (const [rank, events] of this.events.entries())
      for (let i = 0; i < events; i++, filled++) {
        values[filled] = (rank + rng.uniform()) / (this.draws + 1);
        weights[filled] = this.weights[rank]! / events;
      }
    return { values, weights };
  }
}

/** The rank of a truth among draws [n] from `first` on; of draws that equal it a random part counts as below. */
export function rankAmong(
  truth: number,
  values: ArrayLike<number>,
  { first, count }: { readonly first: number; readonly count: number },
  rng: Rng,
): number {
  let [below, equal] = [0, 0];
  for (let i = first; i < first + count; i++) {
    if (values[i]! < truth) below++;
    else if (values[i]! === truth) equal++;
  }
  return equal === 0 ? below : below + rng.integer(equal + 1);
}

import type { EventSpec, Rng } from '@unfold-zoo/core';
import { partonWidth } from '@unfold-zoo/core/events';
import type { EvaluatedBlock } from '../draws/evaluated-blocks.js';
import { type MomentumSpace, momentumSpace } from '../draws/truth-sample.js';
import { RankHistogram, rankAmong } from './rank-histogram.js';

/**
 * Tests of accuracy with random points (TARP; Lemos et al. 2023, arXiv 2302.03026): the share of an event's draws that
 * are nearer to a reference point than its truth is uniform for right posteriors, whatever the points, as long as they
 * know nothing of the truth. The points are true events that have nothing to do with the event, in the standardised
 * momenta of all particles: unlike points anywhere in that space they lie where the draws do.
 */
export class TarpStatistics {
  readonly #space: MomentumSpace;
  /** Row-major [m, width]. */
  readonly #points: Float32Array;
  readonly #rng: Rng;
  readonly #histograms: readonly RankHistogram[];

  /**
   * @param others truth [m, P] of other events.
   * @param references points of each event; the ranks of each are a test of their own.
   */
  constructor(
    spec: EventSpec,
    { others, draws, references }: { others: Float32Array; draws: number; references: number },
    rng: Rng,
  ) {
    this.#space = momentumSpace(spec, others);
    this.#points = this.#space.coordinates(others);
    this.#rng = rng;
    this.#histograms =
      others.length >= partonWidth(spec) ? Array.from({ length: references }, () => new RankHistogram(draws)) : [];
  }

  add({ size, draws, truth, partons, weights }: EvaluatedBlock): void {
    const { width } = this.#space;
    const [ofTruth, ofDraws] = [this.#space.coordinates(truth), this.#space.coordinates(partons)];
    const distances = new Float64Array(draws);
    for (let event = 0; event < size; event++)
      for (const histogram of this.#histograms) {
        const point = this.#rng.integer(this.#points.length / width) * width;
        const from = (of: Float32Array, row: number) => squaredDistance(of, row * width, this.#points, point, width);
        for (let draw = 0; draw < draws; draw++) distances[draw] = from(ofDraws, event * draws + draw);
        const rank = rankAmong(from(ofTruth, event), distances, { first: 0, count: draws }, this.#rng);
        histogram.add(rank, weights?.[event]);
      }
  }

  /** Ranks of distances, for each of the reference points of an event; none without other events. */
  finish(): readonly RankHistogram[] {
    return this.#histograms;
  }
}

/** Between two rows of `width` numbers, of which these are the first places. */
export function squaredDistance(a: Float32Array, i: number, b: Float32Array, j: number, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) {
    const difference = a[i + k]! - b[j + k]!;
    sum += difference * difference;
  }
  return sum;
}

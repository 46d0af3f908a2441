import type { EventSpec, Rng } from '@unfold-zoo/core';
import type { KinematicQuantity } from '@unfold-zoo/core/events';
import { wrapped } from '@unfold-zoo/metrics';
import type { EvaluatedBlock } from '../draws/evaluated-blocks.js';
import { isAngle, type ParticleColumn, particleColumns, quantityBlocks } from '../draws/quantity-blocks.js';
import { RankHistogram, rankAmong } from './rank-histogram.js';

/** Ranks of one quantity of one particle. */
export interface QuantityRanks extends ParticleColumn {
  readonly histogram: RankHistogram;
  /** Whether any draw differs from its truth: where none does, ranks say nothing, and all is right. */
  readonly differs: boolean;
}

/** Ranks of every quantity of every particle, block by block: what it holds does not grow with the events. */
export class QuantityRankStatistics {
  readonly #spec: EventSpec;
  readonly #rng: Rng;
  readonly #columns: readonly { -readonly [K in keyof QuantityRanks]: QuantityRanks[K] }[];

  constructor(spec: EventSpec, draws: number, rng: Rng) {
    this.#spec = spec;
    this.#rng = rng;
    this.#columns = particleColumns(spec).map((column) => {
      return { ...column, histogram: new RankHistogram(draws), differs: false };
    });
  }

  add(block: EvaluatedBlock): void {
    let place = 0;
    for (const { quantity, truth, draws } of quantityBlocks(this.#spec, block)) {
      const column = this.#columns[place++]!;
      column.differs ||= draws.some((draw, i) => draw !== truth[Math.floor(i / block.draws)]);
      for (let event = 0; event < block.size; event++) {
        const own = { first: event * block.draws, count: block.draws };
        column.histogram.add(rankOfTruth(quantity, truth[event]!, draws, own, this.#rng), block.weights?.[event]);
      }
    }
  }

  finish(): readonly QuantityRanks[] {
    return this.#columns;
  }
}

/** The rank of the truth of a quantity among some of its draws. */
export function rankOfTruth(
  quantity: KinematicQuantity,
  truth: number,
  draws: Float64Array,
  own: { readonly first: number; readonly count: number },
  rng: Rng,
): number {
  return isAngle(quantity) ? rankOfAngle(truth, draws, own, rng) : rankAmong(truth, draws, own, rng);
}

/**
 * The rank of an angle about the mean direction of draws and truth together: that of the draws alone would treat the
 * truth unlike them, and right posteriors would look wrong.
 */
function rankOfAngle(
  truth: number,
  draws: Float64Array,
  { first, count }: { first: number; count: number },
  rng: Rng,
): number {
  let [x, y] = [Math.cos(truth), Math.sin(truth)];
  for (let i = first; i < first + count; i++) {
    x += Math.cos(draws[i]!);
    y += Math.sin(draws[i]!);
  }
  const centre = Math.atan2(y, x);
  const turned = draws.subarray(first, first + count).map((angle) => wrapped(angle - centre));
  return rankAmong(wrapped(truth - centre), turned, { first: 0, count }, rng);
}

import type { EventSpec, Rng } from '@unfold-zoo/core';
import { type QuantityRanks, rankOfTruth } from '../calibration/quantity-ranks.js';
import { RankHistogram } from '../calibration/rank-histogram.js';
import type { EvaluatedBlock } from '../draws/evaluated-blocks.js';
import { isAngle, type ParticleColumn, particleColumns, quantityBlocks } from '../draws/quantity-blocks.js';
import type { Measured } from '../statistics/measured.js';
import { type MemberDistances, MemberSpectra } from './member-distances.js';
import { aboutMean, MemberSpread } from './member-spread.js';

/** Bins of the probability integral transform, of which members with unlike numbers of draws have one each. */
const BINS = 100;

/** One quantity of one particle, by member. */
export interface MemberQuantity extends ParticleColumn {
  /** How far members disagree about it, in standard deviations of the posterior. */
  readonly spread: Measured;
  /** [members] where the truth lies among the draws of each member alone. */
  readonly ranks: readonly QuantityRanks[];
  /** How far its spectrum is from that of the truth, by member. */
  readonly distances: MemberDistances;
}

interface Column extends ParticleColumn {
  readonly spread: MemberSpread;
  readonly spectra: MemberSpectra;
  readonly ranks: readonly { -readonly [K in keyof QuantityRanks]: QuantityRanks[K] }[];
}

/** Draws of one event, and which member made each. */
interface EventDraws {
  readonly draws: Float64Array;
  readonly members: Uint8Array;
}

/** Spread between members, ranks and spectra of each, of every quantity; what it holds does not grow with events. */
export class MemberStatistics {
  readonly #spec: EventSpec;
  readonly #rng: Rng;
  readonly #columns: readonly Column[];

  constructor(spec: EventSpec, members: number, rng: Rng) {
    this.#spec = spec;
    this.#rng = rng;
    this.#columns = particleColumns(spec).map((column) => ({
      ...column,
      spread: new MemberSpread(),
      spectra: new MemberSpectra(members),
      ranks: Array.from({ length: members }, () => {
        return { ...column, histogram: new RankHistogram(BINS - 1), differs: false };
      }),
    }));
  }

  add(block: EvaluatedBlock, members: Uint8Array): void {
    let place = 0;
    for (const { quantity, truth, draws } of quantityBlocks(this.#spec, block)) {
      const column = this.#columns[place++]!;
      for (let event = 0; event < block.size; event++) {
        const [first, last] = [event * block.draws, (event + 1) * block.draws];
        const own = { draws: draws.subarray(first, last), members: members.subarray(first, last) };
        const weight = block.weights?.[event];
        column.spread.add(isAngle(quantity) ? aboutMean(own.draws) : own.draws, own.members, weight);
        column.spectra.add(truth[event]!, own.draws, own.members, weight);
        this.#rank(column, truth[event]!, own, weight);
      }
    }
  }

  /** The truth of an event among its draws of each member. */
  #rank({ quantity, ranks }: Column, truth: number, { draws, members }: EventDraws, weight: number | undefined): void {
    for (const [member, own] of ranks.entries()) {
      const some = draws.filter((_, i) => members[i] === member);
      if (some.length === 0) continue;
      own.differs ||= some.some((draw) => draw !== truth);
      const rank = rankOfTruth(quantity, truth, some, { first: 0, count: some.length }, this.#rng);
      own.histogram.add(Math.floor((BINS * (rank + this.#rng.uniform())) / (some.length + 1)), weight);
    }
  }

  finish(): readonly MemberQuantity[] {
    return this.#columns.map(({ spread, spectra, ...column }) => ({
      ...column,
      spread: spread.finish(),
      distances: spectra.finish(),
    }));
  }
}

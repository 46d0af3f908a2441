import type { ExactPosterior } from '@unfold-zoo/core/events';
import { median } from '../calibration/rank-summary.js';

/** What the exact density says of the draws of one particle. */
export interface DrawDensity {
  /** Median natural logarithm of the exact density: at the model's draws, and at exact ones. */
  readonly ofModel: number;
  readonly ofExact: number;
  /** Share of the model's draws that are less likely than `unlikely` of the exact ones of their event. */
  readonly unlikely: number;
}

/** Part of exact draws that count as unlikely. */
const UNLIKELY = 0.05;

/** How many of so many exact draws count as unlikely, and what share of right draws is below them. */
export function unlikelyDraws(draws: number): { readonly count: number; readonly share: number } {
  const count = Math.max(1, Math.round(UNLIKELY * (draws + 1)));
  return { count, share: count / (draws + 1) };
}

/** Exact densities at draws, particle by particle, fed block by block. */
export class DrawDensities {
  readonly #model: number[][];
  readonly #exact: number[][];
  readonly #unlikely: number[];

  constructor(
    particles: number,
    readonly draws: number,
  ) {
    this.#model = Array.from({ length: particles }, () => []);
    this.#exact = Array.from({ length: particles }, () => []);
    this.#unlikely = new Array<number>(particles).fill(0);
  }

  /** Row-major [events, draws, P] of the model and exact ones, of the events of a posterior. */
  add(posterior: ExactPosterior, model: Float32Array, exact: Float32Array): void {
    for (const particle of this.#model.keys()) {
      const ofModel = posterior.logDensity?.(particle, model);
      const ofExact = posterior.logDensity?.(particle, exact);
      if (!ofModel || !ofExact) continue;
      for (let first = 0; first < ofModel.length; first += this.draws)
        this.#addEvent(particle, ofModel.subarray(first, first + this.draws), ofExact.slice(first, first + this.draws));
    }
  }

  #addEvent(particle: number, ofModel: Float64Array, ofExact: Float64Array): void {
    const sorted = ofExact.sort();
    const least = sorted[unlikelyDraws(this.draws).count - 1]!;
    this.#model[particle]!.push(median([...ofModel]));
    this.#exact[particle]!.push(median([...sorted]));
    this.#unlikely[particle]! += ofModel.reduce((count, value) => count + (value < least ? 1 : 0), 0);
  }

  /** Of each particle; undefined of those without a density. */
  finish(): (DrawDensity | undefined)[] {
    return this.#model.map((ofModel, particle) =>
      ofModel.length === 0
        ? undefined
        : {
            ofModel: median(ofModel),
            ofExact: median(this.#exact[particle]!),
            unlikely: this.#unlikely[particle]! / (ofModel.length * this.draws),
          },
    );
  }
}

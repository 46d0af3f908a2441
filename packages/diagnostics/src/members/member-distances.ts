import { QuantileSketch, type SketchDistances } from '../statistics/quantile-sketch.js';

/** How far the spectra of draws are from that of the truth. */
export interface MemberDistances {
  /** [members], each by its own draws. */
  readonly ofMembers: readonly SketchDistances[];
  /** By the draws of all of them. */
  readonly ofMixture: SketchDistances;
}

/** The spectra of one quantity: of the truth, of all draws, and of those of each member. */
export class MemberSpectra {
  readonly #truth = new QuantileSketch();
  readonly #mixture = new QuantileSketch();
  readonly #members: readonly QuantileSketch[];

  constructor(members: number) {
    this.#members = Array.from({ length: members }, () => new QuantileSketch());
  }

  /** Adds an event: its truth, its draws, and which member made each. */
  add(truth: number, draws: Float64Array, members: Uint8Array, weight = 1): void {
    this.#truth.add(truth, weight);
    for (const [i, draw] of draws.entries()) {
      this.#mixture.add(draw, weight);
      this.#members[members[i]!]!.add(draw, weight);
    }
  }

  finish(): MemberDistances {
    return {
      ofMembers: this.#members.map((own) => own.distancesTo(this.#truth)),
      ofMixture: this.#mixture.distancesTo(this.#truth),
    };
  }
}

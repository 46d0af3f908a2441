import type { Rng } from '@unfold-zoo/core';

/** Masses are kept within this many widths of the pole, MadGraph's default. */
const WIDTHS_KEPT = 15;

/** The mass of a particle that decays: m^2 follows a Breit-Wigner of fixed width, cut at 15 widths. Masses in GeV. */
export class BreitWigner {
  readonly mass: number;
  readonly width: number;
  readonly lowest: number;
  readonly highest: number;
  // tan of an angle that is uniform between these gives m^2.
  readonly #start: number;
  readonly #span: number;

  constructor(mass: number, width: number) {
    this.mass = mass;
    this.width = width;
    this.lowest = mass - WIDTHS_KEPT * width;
    this.highest = mass + WIDTHS_KEPT * width;
    const angle = (m: number): number => Math.atan((m * m - mass * mass) / (mass * width));
    this.#start = angle(this.lowest);
    this.#span = angle(this.highest) - this.#start;
  }

  /** Draws a mass. */
  draw(rng: Rng): number {
    const { mass } = this;
    return Math.sqrt(mass * mass + mass * this.width * Math.tan(this.#start + this.#span * rng.uniform()));
  }

  /**
   * What turns the fixed width into one that runs, Gamma(m) = Gamma m^2 / m0^2 in the propagator: the ratio of the two
   * Breit-Wigners, 1 at the pole. It is what moves the mean mass above the pole.
   */
  runningWidthFactor(drawn: number): number {
    const ratio = (drawn / this.mass) ** 2;
    const offShell = (drawn * drawn - this.mass * this.mass) ** 2;
    const fixed = (this.mass * this.width) ** 2;
    return (ratio * (offShell + fixed)) / (offShell + fixed * ratio * ratio);
  }
}

import type { Rng } from '@unfold-zoo/core';

/** A particle that decays: pole mass and width, GeV. */
export interface Resonance {
  readonly mass: number;
  readonly width: number;
}

/** Masses are kept within this many widths of the pole, MadGraph's default. */
const WIDTHS_KEPT = 15;

/** Lowest and highest mass in GeV that `drawMass` gives. */
export function massRange({ mass, width }: Resonance): readonly [number, number] {
  return [mass - WIDTHS_KEPT * width, mass + WIDTHS_KEPT * width];
}

/** Draws a mass in GeV: m^2 from a Breit-Wigner of fixed width, cut at 15 widths. */
export function drawMass({ mass, width }: Resonance, rng: Rng): number {
  const scale = mass * width;
  const low = Math.atan(((mass - WIDTHS_KEPT * width) ** 2 - mass * mass) / scale);
  const high = Math.atan(((mass + WIDTHS_KEPT * width) ** 2 - mass * mass) / scale);
  return Math.sqrt(mass * mass + scale * Math.tan(low + (high - low) * rng.uniform()));
}

/**
 * What turns the fixed width into one that runs, Gamma(m) = Gamma m^2 / m0^2 in the propagator: the ratio of the two
 * Breit-Wigners, 1 at the pole. It is what moves the mean mass above the pole.
 */
export function runningWidthFactor({ mass, width }: Resonance, drawn: number): number {
  const ratio = (drawn / mass) ** 2;
  const offShell = (drawn * drawn - mass * mass) ** 2;
  const fixed = (mass * width) ** 2;
  return (ratio * (offShell + fixed)) / (offShell + fixed * ratio * ratio);
}

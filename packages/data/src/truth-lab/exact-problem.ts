import type { Rng, Split } from '@unfold-zoo/core';

/** Mass and momentum of a particle, in GeV; its energy follows. */
export interface Momentum {
  readonly mass: number;
  readonly px: number;
  readonly py: number;
  readonly pz: number;
}

/** One event of a problem. */
export interface ProblemEvent {
  readonly truth: Momentum;
  /** What the detector saw: the features of the problem's inputs, one object each, in their order. */
  readonly measured: readonly number[];
}

/** The posterior of the particle of a problem, given what was measured. */
export interface ProblemPosterior {
  draw(rng: Rng): Momentum;
  /** Natural logarithm of the density in the mass and momenta that are uncertain; absent where there is none. */
  logDensity?(momentum: Momentum): number;
}

/** One particle that the detector sees in such a way that its posterior is known exactly. */
export interface ExactProblem {
  /** An event of a split, drawn from `rng`. */
  generate(rng: Rng, split: Split): ProblemEvent;
  /** Of `measured` as `generate` gives it, rounded to single precision. */
  posterior(measured: readonly number[]): ProblemPosterior;
}

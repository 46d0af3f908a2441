import type { Rng } from '../../rng.js';

/** p(x | y) of observed events, known exactly: what a perfect model draws from. Host arithmetic, in physical units. */
export interface ExactPosterior {
  readonly events: number;
  /**
   * Row-major [events, draws, P] independent draws, one an event by default. Those of an event depend on its place
   * among the events and on `rng`, not on the other events.
   */
  draw(rng: Rng, draws?: number): Float32Array;
  /**
   * [events * draws] natural logarithm of the density of one particle, whatever the others, at partons [events, draws,
   * P]: in GeV^-d, d the number of its mass and momenta that are uncertain. Minus infinity where it cannot be.
   * Undefined for a particle whose posterior has no density, e.g. of two points. Absent where there is none at all.
   * @param particle index in the event description.
   */
  logDensity?(particle: number, partons: Float32Array): Float64Array | undefined;
}

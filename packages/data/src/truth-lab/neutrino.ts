import { component, EventSource, type Rng } from '@unfold-zoo/core';
import { z } from 'zod';
import { boost, drawDirection, fourVector, setAlong } from '../generator/four-vector.js';
import { eventOptions, makeSource } from './event-options.js';
import type { ExactProblem, ProblemEvent, ProblemPosterior } from './exact-problem.js';

/** GeV, mass of every W boson (Particle Data Group 2024: 80.3692 +- 0.0133). */
const W_MASS = 80.3692;
/** GeV, standard deviation of either transverse momentum of the W boson. */
const TRANSVERSE_DEVIATION = 20;

/** Options of the problem `neutrino`, besides how many events there are. */
export const neutrinoOptions = z.object({
  rapidityDeviation: z.number().gt(0).default(1).describe('Standard deviation of the rapidity of the W boson'),
});

/** Parsed options of the problem `neutrino`. */
export type NeutrinoOptions = z.output<typeof neutrinoOptions>;

/** A longitudinal momentum of the neutrino that the W mass allows, GeV, and its probability. */
export interface NeutrinoSolution {
  readonly pz: number;
  readonly probability: number;
}

/**
 * The neutrino of W -> l nu. The lepton (massless) and the neutrino's transverse momentum are measured exactly, and the
 * W boson has its nominal mass M. Then with k = M^2 / 2 + pT(l) . pT(nu)
 *
 *     pz = (k pz(l) +- E(l) sqrt(k^2 - pT(l)^2 pT(nu)^2)) / pT(l)^2.
 *
 * The measure d^3p(nu) / E(nu) delta(m^2 - M^2) gives both solutions the same Jacobian, 1 / |E(l) pz - pz(l) E(nu)|, an
 * unpolarised W boson decays in all directions alike, and its transverse momentum is that of either solution. What is
 * left to tell them is the rapidity of the W boson: the probabilities are as exp(-y^2 / 2 s^2), its density, at the two
 * solutions. The posterior is two points, and has no density.
 */
export class Neutrino implements ExactProblem {
  constructor(readonly options: NeutrinoOptions) {}

  generate(rng: Rng): ProblemEvent {
    const boson = this.#drawBoson(rng);
    const [lepton, along] = [fourVector(), new Float64Array(3)];
    drawDirection(along, 2 * rng.uniform() - 1, rng);
    setAlong(lepton, 0, W_MASS / 2, along);
    boost(lepton, boson, W_MASS);
    const measured = [...lepton, boson[1]! - lepton[1]!, boson[2]! - lepton[2]!].map(Math.fround);
    const longitudinal = boson[3]! - lepton[3]!;
    const [first, second] = this.solutions(measured);
    const isFirst = Math.abs(first.pz - longitudinal) < Math.abs(second.pz - longitudinal);
    return { truth: neutrinoOf(measured, isFirst ? first : second), measured };
  }

  posterior(measured: readonly number[]): ProblemPosterior {
    const [first, second] = this.solutions(measured);
    return { draw: (rng) => neutrinoOf(measured, rng.uniform() < first.probability ? first : second) };
  }

  /** Of the lepton's energy and momentum and the neutrino's px and py, GeV. Both are the same where there is one. */
  solutions([, lx, ly, lz, nx, ny]: readonly number[]): readonly [NeutrinoSolution, NeutrinoSolution] {
    const leptonSquared = lx! * lx! + ly! * ly!;
    const energy = Math.sqrt(leptonSquared + lz! * lz!);
    const k = (W_MASS * W_MASS) / 2 + lx! * nx! + ly! * ny!;
    const root = energy * Math.sqrt(Math.max(0, k * k - leptonSquared * (nx! * nx! + ny! * ny!)));
    const [low, high] = [(k * lz! - root) / leptonSquared, (k * lz! + root) / leptonSquared];
    const transverse = W_MASS ** 2 + (lx! + nx!) ** 2 + (ly! + ny!) ** 2;
    const rapidity = (pz: number): number => Math.asinh((lz! + pz) / Math.sqrt(transverse));
    const odds = Math.exp((rapidity(low) ** 2 - rapidity(high) ** 2) / (2 * this.options.rapidityDeviation ** 2));
    return [
      { pz: low, probability: 1 / (1 + odds) },
      { pz: high, probability: odds / (1 + odds) },
    ];
  }

  #drawBoson(rng: Rng): Float64Array {
    const [px, py] = [TRANSVERSE_DEVIATION * rng.normal(), TRANSVERSE_DEVIATION * rng.normal()];
    const rapidity = this.options.rapidityDeviation * rng.normal();
    const transverse = Math.sqrt(W_MASS ** 2 + px * px + py * py);
    return Float64Array.of(transverse * Math.cosh(rapidity), px, py, transverse * Math.sinh(rapidity));
  }
}

function neutrinoOf(measured: readonly number[], { pz }: NeutrinoSolution) {
  return { mass: 0, px: measured[4]!, py: measured[5]!, pz };
}

/** The data `neutrino`. */
export const neutrino = component(EventSource, 'neutrino', {
  description: 'The neutrino of a leptonic W decay: its mass leaves two solutions of known probabilities.',
  options: z.object({ ...eventOptions, ...neutrinoOptions.shape }),
  create: ({ options }) => makeSource('neutrino', options, [{ problem: new Neutrino(options), features: 6 }]),
});

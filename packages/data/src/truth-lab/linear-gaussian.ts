import { component, EventSource, type Rng } from '@unfold-zoo/core';
import { z } from 'zod';
import {
  drawEquicorrelated,
  type EquicorrelatedNormal,
  equicorrelatedPosterior,
  logEquicorrelated,
} from './equicorrelated-normal.js';
import { eventOptions, makeSource } from './event-options.js';
import type { ExactProblem, ProblemEvent, ProblemPosterior } from './exact-problem.js';
import { drawNormal, logNormal, type Normal, normalPosterior } from './normal.js';

/** GeV. */
const MASS: Normal = { mean: 80, deviation: 5 };
/** GeV, of each momentum. */
const MOMENTUM_DEVIATION = 30;

/** Options of the problem `linear-gaussian`, besides how many events there are. */
export const linearGaussianOptions = z.object({
  resolution: z.number().gt(0).default(0.5).describe("Noise of each measurement, in the truth's standard deviations"),
  correlation: z.number().gt(-0.5).lt(1).default(0.5).describe('Of each two momenta of the truth'),
});

/** Parsed options of the problem `linear-gaussian`. */
export type LinearGaussianOptions = z.output<typeof linearGaussianOptions>;

/**
 * Mass and momenta are normally distributed, and measured with normal noise. Mass: N(80, 5^2) GeV. Momenta: 30 GeV
 * each, correlated. With the covariance S of the truth and N of the noise the posterior is normal, of mean
 * m + S (S + N)^-1 (y - m) and covariance S - S (S + N)^-1 S.
 */
export class LinearGaussian implements ExactProblem {
  readonly #options: LinearGaussianOptions;
  readonly #momenta: EquicorrelatedNormal;

  constructor(options: LinearGaussianOptions) {
    this.#options = options;
    const variance = MOMENTUM_DEVIATION ** 2;
    const { correlation } = options;
    this.#momenta = { mean: [0, 0, 0], along: variance * (1 + 2 * correlation), across: variance * (1 - correlation) };
  }

  generate(rng: Rng): ProblemEvent {
    const { resolution } = this.#options;
    const mass = drawNormal(MASS, rng);
    const [px, py, pz] = drawEquicorrelated(this.#momenta, rng);
    const noise = [MASS.deviation, MOMENTUM_DEVIATION, MOMENTUM_DEVIATION, MOMENTUM_DEVIATION];
    const measured = [mass, px, py, pz].map((value, i) => value + resolution * noise[i]! * rng.normal());
    return { truth: { mass, px, py, pz }, measured };
  }

  posterior([mass, px, py, pz]: readonly number[]): ProblemPosterior {
    const { resolution } = this.#options;
    const ofMass = normalPosterior(MASS, { shift: 0, resolution: resolution * MASS.deviation }, mass!);
    const noise = (resolution * MOMENTUM_DEVIATION) ** 2;
    const ofMomenta = equicorrelatedPosterior(this.#momenta, noise, [px!, py!, pz!]);
    return {
      draw: (rng) => {
        const [x, y, z] = drawEquicorrelated(ofMomenta, rng);
        return { mass: drawNormal(ofMass, rng), px: x, py: y, pz: z };
      },
      logDensity: (at) => logNormal(ofMass, at.mass) + logEquicorrelated(ofMomenta, [at.px, at.py, at.pz]),
    };
  }
}

/** The data `linear-gaussian`. */
export const linearGaussian = component(EventSource, 'linear-gaussian', {
  description:
    'A particle with a normal mass and correlated normal momenta, measured with normal noise: exact posterior.',
  options: z.object({ ...eventOptions, ...linearGaussianOptions.shape }),
  create: ({ options }) =>
    makeSource('linear-gaussian', options, [{ problem: new LinearGaussian(options), features: 4 }]),
});

import { component, EventSource, type Rng, type Split } from '@unfold-zoo/core';
import { z } from 'zod';
import { eventOptions, makeSource } from './event-options.js';
import type { ExactProblem, ProblemEvent, ProblemPosterior } from './exact-problem.js';
import { drawNormal, type GaussianResponse, logNormal, type Normal, normalPosterior } from './normal.js';

/** GeV, of every event. */
const MASS = 10;

const normal = (mean: number, deviation: number) =>
  z
    .strictObject({
      mean: z.number().describe('Mean, GeV'),
      deviation: z.number().gt(0).describe('Standard deviation, GeV'),
    })
    .default({ mean, deviation });

/** Options of the problem `gaussian-em`, besides how many events there are. */
export const gaussianEmOptions = z.object({
  prior: normal(4, 4).describe('Each momentum of the simulation: training and validation events'),
  truth: normal(10, 3.8).describe('Each momentum of the data: test events'),
  shift: z.number().default(-6).describe('By how much the detector shifts a momentum, GeV'),
  resolution: z.number().gt(0).default(3).describe('By how much it smears one, GeV'),
});

/** Parsed options of the problem `gaussian-em`. */
export type GaussianEmOptions = z.output<typeof gaussianEmOptions>;

/**
 * The toy of iterative prior removal (Backes et al., arXiv 2212.08674), three times: px, py and pz are independent,
 * each N(m, s^2) in the simulation and N(mu, sigma^2) in the data, and the detector sees y = x + b + c noise. The mass
 * is 10 GeV. The posterior is that of the simulation's prior, N(m + a (y - b - m), a c^2) with a = s^2 / (s^2 + c^2):
 * what a model learns that is trained on the simulation. Test events have another prior, so that even exact draws are
 * not distributed as their truth until the prior is removed: see `gaussianIterations`.
 */
export class GaussianEm implements ExactProblem {
  constructor(readonly options: GaussianEmOptions) {}

  generate(rng: Rng, split: Split): ProblemEvent {
    const { prior, truth, shift, resolution } = this.options;
    const draw = (): number => drawNormal(split === 'test' ? truth : prior, rng);
    const momenta = [draw(), draw(), draw()] as const;
    const [px, py, pz] = momenta;
    const measured = momenta.map((value) => value + shift + resolution * rng.normal());
    return { truth: { mass: MASS, px, py, pz }, measured };
  }

  posterior(measured: readonly number[]): ProblemPosterior {
    const [x, y, z] = measured.map((value) => normalPosterior(this.options.prior, this.options, value));
    return {
      draw: (rng) => ({ mass: MASS, px: drawNormal(x!, rng), py: drawNormal(y!, rng), pz: drawNormal(z!, rng) }),
      logDensity: ({ px, py, pz }) => logNormal(x!, px) + logNormal(y!, py) + logNormal(z!, pz),
    };
  }
}

/** The toy that iterations are tried on: one number, its distribution in simulation and data, and the detector. */
export interface GaussianToy extends GaussianResponse {
  readonly prior: Normal;
  readonly truth: Normal;
}

/**
 * What exact unfolding gives after 1, 2, ..., `iterations` iterations, each of which takes the result of the one before
 * for its prior (m, s): mean (1 - a) m + a mu, and variance a c^2 + a^2 (sigma^2 + c^2). Iterated draws of a model,
 * OmniFold and iterative Bayes (D'Agostini) all are this expectation-maximisation.
 * @example
 * const [prior, truth] = [{ mean: 0, deviation: 1 }, { mean: 0.2, deviation: 0.8 }];
 * gaussianIterations({ prior, truth, shift: 0, resolution: 0.5 }, 2);
 * // means 0.16 and 0.19019, deviations 0.87727 and 0.83412
 */
export function gaussianIterations({ prior, truth, resolution }: GaussianToy, iterations: number): Normal[] {
  const found: Normal[] = [];
  let { mean, deviation } = prior;
  for (let n = 0; n < iterations; n++) {
    const gain = deviation ** 2 / (deviation ** 2 + resolution ** 2);
    mean = (1 - gain) * mean + gain * truth.mean;
    deviation = Math.sqrt(gain * resolution ** 2 + gain ** 2 * (truth.deviation ** 2 + resolution ** 2));
    found.push({ mean, deviation });
  }
  return found;
}

/** The data `gaussian-em`. */
export const gaussianEm = component(EventSource, 'gaussian-em', {
  description: 'The Gaussian toy of iterative prior removal: test events have another prior; exact posterior.',
  options: z.object({ ...eventOptions, ...gaussianEmOptions.shape }),
  create: ({ options }) => makeSource('gaussian-em', options, [{ problem: new GaussianEm(options), features: 3 }]),
});

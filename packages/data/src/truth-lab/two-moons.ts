import { component, EventSource, type Rng } from '@unfold-zoo/core';
import { z } from 'zod';
import { eventOptions, makeSource } from './event-options.js';
import type { ExactProblem, ProblemEvent, ProblemPosterior } from './exact-problem.js';
import { drawNormal, logNormal, normalPosterior } from './normal.js';

/** GeV, of every event. */
const MASS = 10;
/** GeV: the moons stand so far from the diagonal, on either side. */
const DISTANCE = { least: 20, most: 60 } as const;
/** GeV: how far along the diagonal, and the longitudinal momentum, which has nothing to do with the moons. */
const ALONG = { mean: 0, deviation: 30 } as const;
const LONGITUDINAL = { mean: 0, deviation: 30 } as const;
const LONGITUDINAL_RESPONSE = { shift: 0, resolution: 15 } as const;

/** Options of the problem `two-moons`, besides how many events there are. */
export const twoMoonsOptions = z.object({
  radius: z.number().gt(0).default(20).describe('Radius of the moons, GeV'),
  thickness: z.number().gt(0).max(0.15).default(0.1).describe('Standard deviation of the radius, as a part of it'),
});

/** Parsed options of the problem `two-moons`. */
export type TwoMoonsOptions = z.output<typeof twoMoonsOptions>;

/**
 * The posterior of the benchmark problem "two moons" (Greenberg et al., arXiv 1905.07488; Lueckmann et al., arXiv
 * 2101.04653), away from the edges of its prior: with u = (px + py) / sqrt 2 and v = (py - px) / sqrt 2,
 *
 *     u = +-(distance + r cos alpha),  v = along + r sin alpha,
 *
 * where alpha is uniform on (-pi/2, pi/2), r is N(radius, (thickness radius)^2), and both signs are equally likely. The
 * density is exp(-(r - radius)^2 / 2 (thickness radius)^2) / (2 pi r sqrt(2 pi) thickness radius) on both half rings.
 *
 * Events are made the other way round: distance (uniform on 20 to 60 GeV) and place along the diagonal (N(0, 30^2)) are
 * drawn, and then the truth from the posterior, which is then exact by construction. The longitudinal momentum is
 * N(0, 30^2), measured to 15 GeV; the mass is 10 GeV.
 */
export class TwoMoons implements ExactProblem {
  constructor(readonly options: TwoMoonsOptions) {}

  generate(rng: Rng): ProblemEvent {
    const { least, most } = DISTANCE;
    const pz = drawNormal(LONGITUDINAL, rng) + LONGITUDINAL_RESPONSE.resolution * rng.normal();
    const measured = [least + (most - least) * rng.uniform(), drawNormal(ALONG, rng), pz].map(Math.fround);
    return { truth: this.posterior(measured).draw(rng), measured };
  }

  posterior([distance, along, measuredPz]: readonly number[]): ProblemPosterior {
    const radius = { mean: this.options.radius, deviation: this.options.thickness * this.options.radius };
    const ofPz = normalPosterior(LONGITUDINAL, LONGITUDINAL_RESPONSE, measuredPz!);
    return {
      draw: (rng) => {
        const r = drawNormal(radius, rng);
        const angle = Math.PI * (rng.uniform() - 0.5);
        const sign = rng.uniform() < 0.5 ? -1 : 1;
        const [u, v] = [sign * (distance! + r * Math.cos(angle)), along! + r * Math.sin(angle)];
        return { mass: MASS, px: (u - v) * Math.SQRT1_2, py: (u + v) * Math.SQRT1_2, pz: drawNormal(ofPz, rng) };
      },
      logDensity: ({ px, py, pz }) => {
        const across = Math.abs(px + py) * Math.SQRT1_2 - distance!;
        if (across < 0) return Number.NEGATIVE_INFINITY;
        const r = Math.hypot(across, (py - px) * Math.SQRT1_2 - along!);
        return logNormal(radius, r) - Math.log(2 * Math.PI * r) + logNormal(ofPz, pz);
      },
    };
  }
}

/** The data `two-moons`. */
export const twoMoons = component(EventSource, 'two-moons', {
  description:
    'A particle whose transverse momentum lies on one of two half rings, either equally likely: exact posterior.',
  options: z.object({ ...eventOptions, ...twoMoonsOptions.shape }),
  create: ({ options }) => makeSource('two-moons', options, [{ problem: new TwoMoons(options), features: 3 }]),
});

import * as tf from '@tensorflow/tfjs-core';
import type { Diffusion, Sampler } from '../../contracts/model/sampler.js';
import { denoise } from '../../diffusion/denoise.js';
import { alpha, sigma } from '../../diffusion/variance-preserving.js';
import { Rng } from '../../rng.js';
import { type Check, claim, tensorCheck } from '../check.js';
import { gaussianOracle } from '../gaussian-oracle.js';
import { claimNoLeak, claimShape, isClose, isSame, ROUNDING, values } from '../module-checks.js';

/** What a sampler says about itself. */
export interface SamplerClaims {
  /** For one whose draws do not depend on the seed: its error falls as steps to the minus `order`. */
  readonly order?: number;
  /** Steps of the two runs that the order is read from, where errors are above rounding. Default: 40 and 160. */
  readonly orderSteps?: readonly [number, number];
}

/** An order is an asymptotic slope; at the steps that it is read from it is not reached yet, or rounding is felt. */
const ORDER_TOLERANCE = 0.25;
/** Events that a random sampler's moments are taken of. */
const EVENTS = 4000;
/** Standard errors that a moment may be off. */
const DEVIATIONS = 5;
/** How far from Gaussian data `STEPS` steps of first order may be, as a part of a standard deviation or a variance. */
const DISCRETISATION = 0.1;
const STEPS = 200;

const data = { mean: [1.5, -0.5, 0], standardDeviation: [0.3, 1.4, 2] };
const point = { mean: [1.5, -0.5, 0], standardDeviation: [0, 0, 0] };
const gamma = (t: number): number => -6 + 10 * t;

/** What a `Sampler` must do; `make` is given the number of steps. */
export function samplerChecks(make: (steps: number) => Sampler, claims: SamplerClaims = {}): Check[] {
  return [
    tensorCheck('steps lead from time 1 to exactly 0, and never back', () => {
      for (const steps of [1, 2, 5]) claimTimes(make(steps));
    }),
    tensorCheck('a latent keeps its shape, and what was given stays as it was', () => {
      const noise = tf.ones<tf.Rank.R2>([4, 3]);
      claimShape('the latent', run(make(3), gaussianOracle(data, gamma), noise), [4, 3]);
      claim(
        values(noise).every((each) => each === 1),
        'the sampler changed the noise that it was given',
      );
    }),
    tensorCheck('data that are a single point are found after any number of steps', () => {
      for (const steps of [1, 3, 8]) claimPoint(make(steps), steps);
    }),
    tensorCheck('Gaussian data are reached with the order that is claimed, or in distribution', () => {
      if (isRandom(make(4))) claimMoments(make(STEPS));
      else claimOrder(make, claims);
    }),
    tensorCheck('the same seed gives the same latents, also from one sampler used twice', () => {
      const [sampler, oracle] = [make(6), gaussianOracle(data, gamma)];
      const [first, second, other] = [sampler, sampler, make(6)].map((each) => values(run(each, oracle)));
      claim(isSame(first!, second!), 'the sampler gives other latents when it is used again: it keeps a state');
      claim(isSame(first!, other!), 'two samplers give other latents with the same seed');
    }),
    tensorCheck('a latent depends on its own row alone, of a sampler that says so', () => {
      if (make(6).batchIndependent) claimIndependentRows(make(6));
    }),
    tensorCheck('no tensor outlives the sampling but its result', () => {
      const [sampler, oracle] = [make(5), gaussianOracle(data, gamma)];
      claimNoLeak(() => run(sampler, oracle));
    }),
  ];
}

function run(sampler: Sampler, diffusion: Diffusion, noise = new Rng(4).normalTensor(8, 3), seed = 1): tf.Tensor2D {
  return denoise(sampler, noise, diffusion, new Rng(seed));
}

/** Three rows of a batch against the same rows alone. */
function claimIndependentRows(sampler: Sampler): void {
  const oracle = gaussianOracle(data, gamma);
  const noise = new Rng(4).normalTensor(8, 3);
  const [first, count] = [2, 3];
  const rows = (latent: tf.Tensor2D): tf.Tensor2D => tf.slice(latent, [first, 0], [count, 3]);
  const together = rows(run(sampler, oracle, noise));
  const alone = denoise(sampler, rows(noise), oracle, Rng.ofRows([{ stream: new Rng(1), first, count }]));
  claim(isClose(alone, together), 'latents are others in another batch: batchIndependent has to be false');
}

/** An adaptive sampler may stay where it is to try again, but not for ever. */
const MOST_STEPS = 10_000;

function claimTimes(sampler: Sampler): void {
  const oracle = gaussianOracle(data, gamma);
  let reached = { latent: tf.ones<tf.Rank.R2>([1, 3]), t: 1, state: sampler.init(oracle) };
  for (let step = 0; reached.t !== 0; step++) {
    claim(step < MOST_STEPS, `after ${MOST_STEPS} steps it is at time ${reached.t} and not at 0`);
    const next = sampler.step(reached, oracle, new Rng(step));
    claim(next.t <= reached.t && next.t >= 0, `a step leads from time ${reached.t} to ${next.t}`);
    reached = next;
  }
}

function isRandom(sampler: Sampler): boolean {
  const [first, second] = [1, 2].map((seed) => values(run(sampler, gaussianOracle(data, gamma), undefined, seed)));
  return !isSame(first!, second!);
}

/** Of a point the predicted noise does not change along the exact path, so that every consistent step is exact. */
function claimPoint(sampler: Sampler, steps: number): void {
  const oracle = gaussianOracle(point, gamma);
  if (isRandom(sampler)) {
    const noise = new Rng(4).normalTensor(EVENTS, 3);
    const start = tf.add(tf.mul(sigma(gamma(1)), noise), tf.tensor1d(point.mean.map((mu) => alpha(gamma(1)) * mu)));
    const expected = point.mean.map((mu) => ({ mean: alpha(gamma(0)) * mu, std: sigma(gamma(0)) }));
    claimMomentsOf(run(sampler, oracle, start as tf.Tensor2D), expected, 0);
    return;
  }
  const noise = new Rng(4).normalTensor(8, 3);
  const reached = values(run(sampler, oracle, noise));
  const exact = oracle.solve(values(noise), 1, 0);
  // On the way rounding is stretched by 1 / alpha, and a noise that is read from a latent near t = 0 by 1 / sigma.
  const allowed = ROUNDING / alpha(gamma(1)) / sigma(gamma(0));
  const error = Math.max(...reached.map((value, i) => Math.abs(value - exact[i]!)));
  claim(error <= allowed, `after ${steps} steps latents are ${error} from where they belong`);
}

function claimOrder(make: (steps: number) => Sampler, { order, orderSteps = [40, 160] }: SamplerClaims): void {
  claim(order !== undefined, 'its draws do not depend on the seed: say of which order it is, e.g. { order: 1 }');
  const [few, many] = orderSteps;
  const measured = Math.log(errorOf(make(few)) / errorOf(make(many))) / Math.log(many / few);
  claim(
    Math.abs(measured - order) <= ORDER_TOLERANCE,
    `the error falls with order ${measured.toFixed(2)} from ${few} to ${many} steps, claimed is ${order}`,
  );
}

/** Root mean square distance from where the exact flow takes the same noise. */
function errorOf(sampler: Sampler): number {
  const oracle = gaussianOracle(data, gamma);
  const noise = new Rng(4).normalTensor(8, 3);
  const reached = values(run(sampler, oracle, noise));
  const exact = oracle.solve(values(noise), 1, 0);
  return Math.sqrt(exact.reduce((sum, value, i) => sum + (value - reached[i]!) ** 2, 0) / exact.length);
}

function claimMoments(sampler: Sampler): void {
  const oracle = gaussianOracle(data, gamma);
  const ends = (t: number) =>
    data.mean.map((mu, i) => ({
      mean: alpha(gamma(t)) * mu,
      std: Math.hypot(alpha(gamma(t)) * data.standardDeviation[i]!, sigma(gamma(t))),
    }));
  const start = ends(1);
  const scaled = tf.mul(new Rng(4).normalTensor(EVENTS, 3), tf.tensor1d(start.map(({ std }) => std)));
  const noise = tf.add(scaled, tf.tensor1d(start.map(({ mean }) => mean)));
  claimMomentsOf(run(sampler, oracle, noise as tf.Tensor2D), ends(0), DISCRETISATION);
}

function claimMomentsOf(
  latent: tf.Tensor2D,
  expected: readonly { mean: number; std: number }[],
  discretisation: number,
): void {
  const { mean, variance } = tf.moments(latent, 0);
  const [means, variances] = [values(mean), values(variance)];
  for (const [i, { mean: mu, std }] of expected.entries()) {
    const shift = Math.abs(means[i]! - mu) / std;
    claim(shift <= DEVIATIONS / Math.sqrt(EVENTS) + discretisation, `the mean of draws is ${means[i]}, expected ${mu}`);
    const stretch = Math.abs(variances[i]! / std ** 2 - 1);
    claim(
      stretch <= DEVIATIONS * Math.sqrt(2 / EVENTS) + discretisation,
      `the variance of draws is ${variances[i]}, expected ${std ** 2}`,
    );
  }
}

import * as tf from '@tensorflow/tfjs-core';
import { component, type Diffusion, type Reached, Sampler, UserError } from '@unfold-zoo/core';
import { alpha, timeAt } from '@unfold-zoo/core/diffusion';
import { z } from 'zod';
import { temperatureOption } from './fixed-steps.js';

/**
 * Dormand and Prince 1980, table 2: weights of the slopes so far, stage by stage. The last row is the solution of
 * order 5.
 */
const STAGES = [
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
] as const;
/** Where the stages lie, as shares of the step. */
const NODES = [1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1] as const;
/** The solution of order 5 less that of order 4. */
const ERROR = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40] as const;

/** Hairer, Norsett and Wanner 1993, section II.4: how cautiously a step follows from the error of the one before. */
const SAFETY = 0.9;
const SLOWEST_GROWTH = 0.2;
const FASTEST_GROWTH = 10;
/** The first step tried, as a share of the way. */
const FIRST_STEP = 0.05;

const rungeKuttaOptions = z.object({
  absoluteTolerance: z
    .number()
    .min(1e-6)
    .default(1e-3)
    .describe('Error allowed in a step, in units of the latent; latents are of order 1'),
  relativeTolerance: z
    .number()
    .min(0)
    .default(1e-3)
    .describe(
      'Error allowed in a step besides, as a share of z / alpha, which is large where a latent is mostly noise',
    ),
  maxSteps: z.int().min(1).default(1000).describe('Steps tried before giving up, of seven evaluations at most'),
});

/** Parsed options of the sampler `runge-kutta`. */
export type RungeKuttaOptions = z.output<typeof rungeKuttaOptions>;

/** Before a step. */
export type RungeKuttaState = {
  /** Steps tried so far. */
  readonly tried: number;
  /** How long the step is to be in sigma / alpha; absent before the first. */
  readonly length?: number;
  /** [B, L] the noise predicted where it starts. */
  readonly slope?: tf.Tensor2D;
  /** Whether the step before it was not taken. */
  readonly rejected: boolean;
};

/**
 * The adaptive method of Dormand and Prince (1980) of order 5(4) for d(z / alpha) / d(sigma / alpha) = epsilon. A step
 * is taken if its estimated error, in units of absolute + relative |z / alpha|, has a root mean square of at most 1
 * over batch and dimensions; its error decides how long the next one is. Six evaluations a step, and one at the start.
 *
 * Deterministic: the same batch gives the same draws. The steps are those that the whole batch needs, so that a draw
 * depends on the rest of its batch, by less than the tolerance.
 *
 * @throws UserError, when drawing, after `maxSteps` steps, as when the network's predictions are not finite.
 */
export function rungeKutta(options: RungeKuttaOptions): Sampler<RungeKuttaState> {
  return {
    batchIndependent: false,
    init: () => ({ tried: 0, rejected: false }),
    step: (from, diffusion) => {
      if (from.state.tried === options.maxSteps) throw new UserError(gaveUp(options, from.t));
      const trial = planStep(from, diffusion);
      const end = tryStep(trial, diffusion);
      const error = errorNorm(trial.from, end, options);
      const length = trial.length * growth(error, from.state.rejected);
      const tried = from.state.tried + 1;
      if (!(error <= 1)) return { ...from, state: { tried, length, slope: trial.slope, rejected: true } };
      const latent = tf.mul<tf.Tensor2D>(end.to, alpha(diffusion.gamma(trial.s)));
      return { latent, t: trial.s, state: { tried, length, slope: end.slope, rejected: false } };
    },
  };
}

interface Trial {
  /** z / alpha where the step starts. */
  readonly from: tf.Tensor2D;
  /** The noise predicted there. */
  readonly slope: tf.Tensor2D;
  /** sigma / alpha there, and by how much it falls. */
  readonly start: number;
  readonly length: number;
  /** The time where the step ends. */
  readonly s: number;
}

function planStep({ latent, t, state }: Reached<RungeKuttaState>, diffusion: Diffusion): Trial {
  const [start, end] = [ratioAt(diffusion, t), ratioAt(diffusion, 0)];
  const wanted = start - (state.length ?? FIRST_STEP * (start - end));
  const s = wanted > end ? timeAt(diffusion.gamma, 2 * Math.log(wanted)) : 0;
  return {
    from: tf.div(latent, alpha(diffusion.gamma(t))),
    slope: state.slope ?? diffusion.predictNoise(latent, t),
    start,
    length: start - ratioAt(diffusion, s),
    s,
  };
}

interface End {
  /** z / alpha where the step ends. */
  readonly to: tf.Tensor2D;
  /** The noise predicted there. */
  readonly slope: tf.Tensor2D;
  /** The estimated error of each coordinate of `to`. */
  readonly error: tf.Tensor2D;
}

function tryStep({ from, slope, start, length, s }: Trial, diffusion: Diffusion): End {
  const slopes = [slope];
  let to = from;
  for (const [i, weights] of STAGES.entries()) {
    const node = NODES[i]!;
    const time = node === 1 ? s : timeAt(diffusion.gamma, 2 * Math.log(start - node * length));
    to = tf.sub(from, tf.mul(combine(weights, slopes), length));
    slopes.push(diffusion.predictNoise(tf.mul(to, alpha(diffusion.gamma(time))), time));
  }
  return { to, slope: slopes.at(-1)!, error: tf.mul(combine(ERROR, slopes), length) };
}

/** The root mean square of the error in units of what is allowed. */
function errorNorm(from: tf.Tensor2D, { to, error }: End, options: RungeKuttaOptions): number {
  const size = tf.maximum(tf.abs(from), tf.abs(to));
  const allowed = tf.add(options.absoluteTolerance, tf.mul(options.relativeTolerance, size));
  return tf.sqrt(tf.mean(tf.square(tf.div(error, allowed)))).dataSync()[0]!;
}

/** By how much the next step is longer than this one, whose error falls with the fifth power of its length. */
function growth(error: number, afterRejection: boolean): number {
  if (!Number.isFinite(error)) return SLOWEST_GROWTH;
  const most = error > 1 || afterRejection ? 1 : FASTEST_GROWTH;
  return Math.min(most, Math.max(SLOWEST_GROWTH, SAFETY * error ** (-1 / 5)));
}

function combine(weights: readonly number[], slopes: readonly tf.Tensor2D[]): tf.Tensor2D {
  const terms = weights.flatMap((weight, i) => (weight === 0 ? [] : [tf.mul<tf.Tensor2D>(slopes[i]!, weight)]));
  return tf.addN(terms);
}

/** sigma / alpha. */
function ratioAt({ gamma }: Diffusion, t: number): number {
  return Math.exp(gamma(t) / 2);
}

function gaveUp({ maxSteps }: RungeKuttaOptions, t: number): string {
  return (
    `invalid maxSteps: the sampler runge-kutta is still at t = ${t.toPrecision(3)} after ${maxSteps} steps; ` +
    'raise maxSteps or the tolerances, unless the model has diverged'
  );
}

/** The component `runge-kutta` of the role `sampler`; see `rungeKutta`. */
export const rungeKuttaSampler = component(Sampler, 'runge-kutta', {
  description:
    'Deterministic, adaptive, order 5(4) of Dormand and Prince: as many evaluations as the tolerances ask for',
  options: rungeKuttaOptions.extend({ temperature: temperatureOption }),
  create: ({ options: { temperature, ...options } }) => ({ ...rungeKutta(options), temperature }),
});

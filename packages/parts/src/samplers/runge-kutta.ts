import * as tf from '@tensorflow/tfjs-core';
import { component, type Diffusion, type Reached, Sampler, UserError } from '@unfold-zoo/core';
import { alpha, timeAt } from '@unfold-zoo/core/diffusion';
import { z } from 'zod';
import { errorNorm, FIRST_STEP, GROWTH, NODES, type Trial, tryStep } from './dormand-prince.js';
import { temperatureOption } from './fixed-steps.js';
import { rungeKuttaLoop } from './runge-kutta-loop.js';

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
    asLoop: rungeKuttaLoop(options),
    init: () => ({ tried: 0, rejected: false }),
    step: (from, diffusion) => {
      if (from.state.tried === options.maxSteps) throw new UserError(gaveUp(options, from.t));
      const trial = planStep(from, diffusion);
      const end = tryStep(trial, (noisy, time) => diffusion.predictNoise(noisy, time));
      const error = errorNorm(trial.from, end, options).dataSync()[0]!;
      const length = trial.length * growth(error, from.state.rejected);
      const tried = from.state.tried + 1;
      if (!(error <= 1)) return { ...from, state: { tried, length, slope: trial.slope, rejected: true } };
      const latent = tf.mul<tf.Tensor2D>(end.to, alpha(diffusion.gamma(trial.s)));
      return { latent, t: trial.s, state: { tried, length, slope: end.slope, rejected: false } };
    },
  };
}

/** A step, and the time where it ends. */
type PlannedStep = Trial<number> & { readonly length: number; readonly s: number };

function planStep({ latent, t, state }: Reached<RungeKuttaState>, diffusion: Diffusion): PlannedStep {
  const [start, end] = [ratioAt(diffusion, t), ratioAt(diffusion, 0)];
  const wanted = start - (state.length ?? FIRST_STEP * (start - end));
  const s = wanted > end ? timeAt(diffusion.gamma, 2 * Math.log(wanted)) : 0;
  const length = start - ratioAt(diffusion, s);
  const times = NODES.map((node) => (node === 1 ? s : timeAt(diffusion.gamma, 2 * Math.log(start - node * length))));
  return {
    from: tf.div(latent, alpha(diffusion.gamma(t))),
    slope: state.slope ?? diffusion.predictNoise(latent, t),
    length,
    stages: times.map((time) => ({ time, alpha: alpha(diffusion.gamma(time)) })),
    s,
  };
}

/** By how much the next step is longer than this one, whose error falls with the fifth power of its length. */
function growth(error: number, afterRejection: boolean): number {
  if (!Number.isFinite(error)) return GROWTH.slowest;
  const most = error > 1 || afterRejection ? 1 : GROWTH.fastest;
  return Math.min(most, Math.max(GROWTH.slowest, GROWTH.safety * error ** (-1 / 5)));
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

import type { Diffusion } from '@unfold-zoo/core';
import { timeAt } from '@unfold-zoo/core/diffusion';

/** Where the steps of a sampler lie between noise and data. */
export const STEP_SPACINGS = ['time', 'gamma', 'karras'] as const;

/** `time`: even in t; `gamma`: even in the logarithm of the signal-to-noise ratio; `karras`: see `karrasGammas`. */
export type StepSpacing = (typeof STEP_SPACINGS)[number];

/** rho of Karras et al. 2022, eq. 5: larger puts more steps near the data. */
const RHO = 7;

/** `steps + 1` decreasing times from 1 to 0. */
export function stepTimes(spacing: StepSpacing, steps: number, diffusion: Pick<Diffusion, 'gamma'>): number[] {
  return timesBetween(spacing, steps, diffusion, [1, 0]);
}

/** `steps + 1` decreasing times from one time to an earlier one, both exactly. */
export function timesBetween(
  spacing: StepSpacing,
  steps: number,
  { gamma }: Pick<Diffusion, 'gamma'>,
  [from, to]: readonly [number, number],
): number[] {
  const shares = Array.from({ length: steps + 1 }, (_, i) => i / steps);
  if (spacing === 'time') return shares.map((_, i) => (from * (steps - i) + to * i) / steps);
  const ends = { first: gamma(from), last: gamma(to) };
  const gammas = spacing === 'gamma' ? evenGammas(shares, ends) : karrasGammas(shares, ends);
  return gammas.map((value, i) => (i === 0 ? from : i === steps ? to : timeAt(gamma, value)));
}

interface Ends {
  readonly first: number;
  readonly last: number;
}

function evenGammas(shares: readonly number[], { first, last }: Ends): number[] {
  return shares.map((share) => first + share * (last - first));
}

/** Even in (sigma / alpha)^(1 / rho) (Karras et al. 2022, eq. 5): between even in sigma / alpha and even in gamma. */
function karrasGammas(shares: readonly number[], { first, last }: Ends): number[] {
  const [noisy, clean] = [Math.exp(first / 2 / RHO), Math.exp(last / 2 / RHO)];
  return shares.map((share) => 2 * RHO * Math.log(noisy + share * (clean - noisy)));
}

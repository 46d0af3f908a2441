import { type LatentCodec, type NoiseSchedule, UserError } from '@unfold-zoo/core';
import type { VldOptions } from './vld-options.js';

/** Refuses parts and options of which some would do nothing, or harm. Throws a `UserError` that lists all. */
export function checkParts(
  { codec, schedule }: { readonly codec: LatentCodec; readonly schedule: NoiseSchedule },
  options: VldOptions,
): void {
  const problems = [endPoints(schedule, codec, options), prior(codec, options), consistency(codec, options)];
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new UserError(found.join('\n'));
}

/**
 * The diffusion loss falls as gamma(0) rises, since the denoiser is then asked less of what is nearly free of noise.
 * Against it stands only the KL of a random codec to p(z_x | z_0) (paper, eq. 9), which asks z_0 to be as precise as
 * the codec is.
 */
function endPoints(schedule: NoiseSchedule, codec: LatentCodec, options: VldOptions): string | undefined {
  if (schedule.parameters.length === schedule.shapeParameters.length) return undefined;
  if (options.diffusion.weighting !== 'bound') {
    return (
      `invalid schedule: its end points are learned, but diffusion.weighting: ${options.diffusion.weighting} is ` +
      'not the bound that balances them; with the schedule "learned" set schedule.learnEndPoints to false'
    );
  }
  const reason = codec.deterministic
    ? 'a codec without randomness has no KL'
    : options.prior === 'standard-normal'
      ? 'prior: standard-normal takes the place of the KL of eq. 9'
      : options.priorWeight === 0
        ? 'priorWeight: 0 leaves the KL of eq. 9 out'
        : undefined;
  if (reason === undefined) return undefined;
  return (
    `invalid schedule: its end points are learned, but ${reason}, so that nothing keeps gamma(0) from rising; ` +
    'with the schedule "learned" set schedule.learnEndPoints to false'
  );
}

function prior({ deterministic }: LatentCodec, options: VldOptions): string | undefined {
  if (!deterministic || options.prior === 'diffusion') return undefined;
  return `invalid prior: a codec without randomness has no KL to hold against "${options.prior}"; leave the option out`;
}

function consistency({ parameters }: LatentCodec, options: VldOptions): string | undefined {
  if (parameters.length > 0 || options.consistency.weight === 0) return undefined;
  return (
    'invalid consistency: the codec has nothing to train, so that the consistency of what it decodes is a constant; ' +
    'set model.consistency.weight to 0'
  );
}

import type { ConditionEncoder, EncodedObservation } from '../contracts/model/condition-encoder.js';
import type { Denoiser } from '../contracts/model/denoiser.js';
import type { Observation } from '../contracts/model/observation.js';

/** The two networks between which the detector passes. */
export interface EncoderAndDenoiser {
  readonly conditionEncoder: ConditionEncoder;
  readonly denoiser: Denoiser;
}

/**
 * What a denoiser sees of the detector: the summary alone, or the objects too where it looks at them.
 * @throws Error for a denoiser that looks at objects behind an encoder that offers none.
 */
export function encodeDetector(
  { conditionEncoder, denoiser }: EncoderAndDenoiser,
  observed: Observation,
): EncodedObservation {
  if (!denoiser.seesObjects) return { summary: conditionEncoder.encode(observed) };
  if (!conditionEncoder.encodeObjects) throw new Error('invalid condition encoder: it offers no objects');
  return conditionEncoder.encodeObjects(observed);
}

import * as tf from '@tensorflow/tfjs-core';
import type { Diagnostic } from '../contracts/model/diagnostics.js';
import type { NoiseSchedule } from '../contracts/model/noise-schedule.js';

/** Name of the diagnostic that shows a noise schedule. */
export const NOISE_SCHEDULE = 'Noise schedule';

/** Times at which the curves are sampled. */
const POINTS = 201;

/** gamma(t) of a noise schedule, and its slope, which weights the diffusion loss at each time. */
export function scheduleDiagnostic(schedule: NoiseSchedule): Diagnostic {
  const t = Float32Array.from({ length: POINTS }, (_, i) => i / (POINTS - 1));
  const [gamma, slope] = tf.tidy(() => {
    const times = tf.tensor1d(t);
    return [schedule.gamma(times).dataSync<'float32'>(), schedule.gammaSlope(times).dataSync<'float32'>()] as const;
  });
  return {
    name: NOISE_SCHEDULE,
    x: { title: 't', values: t },
    curves: [
      { name: 'Noise level', y: { title: 'γ(t) = −ln SNR(t)', values: gamma } },
      { name: 'Slope', y: { title: 'dγ/dt', values: slope }, yScale: 'log' },
    ],
  };
}

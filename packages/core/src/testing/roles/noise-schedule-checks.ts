import * as tf from '@tensorflow/tfjs-core';
import type { NoiseSchedule } from '../../contracts/model/noise-schedule.js';
import { GAMMA_LIMITS } from '../../diffusion/variance-preserving.js';
import { stopGradient } from '../../diffusion/with-gradient.js';
import { Rng } from '../../rng.js';
import { type Check, claim, tensorCheck } from '../check.js';
import { claimShape, moduleChecks, nudge, probe, using, values, withoutGradient } from '../module-checks.js';
import type { Make } from '../setting.js';

/**
 * Half the distance between the two times of a central difference; gamma, of order 10, is then known to a part in 1000.
 */
const HALF_STEP = 2e-3;
/** What float32 leaves of a slope by central differences, as a part of the mean slope or of the slope itself. */
const SLOPE_TOLERANCE = 1e-2;
/** Rounding of gamma, of order 10. */
const GAMMA_ROUNDING = 1e-4;

/** What a `NoiseSchedule` must do. */
export function noiseScheduleChecks(make: Make<NoiseSchedule>): Check[] {
  const times = (count: number) => Array.from({ length: count }, (_, i) => i / (count - 1));
  return [
    tensorCheck('gamma and its slope have one entry a time', () => {
      using(make, (schedule) => {
        claimShape('gamma', schedule.gamma(tf.tensor1d(times(5))), [5]);
        claimShape('the slope', schedule.gammaSlope(tf.tensor1d(times(5))), [5]);
      });
    }),
    tensorCheck('gamma increases with time', () => {
      using(make, (schedule) => {
        const gamma = gammaAt(schedule, times(101));
        const bend = gamma.findIndex((value, i) => i > 0 && !(value > gamma[i - 1]!));
        claim(bend < 0, `gamma does not increase from t = ${(bend - 1) / 100} to t = ${bend / 100}`);
      });
    }),
    tensorCheck('the ends of gamma are finite and within what float32 resolves', () => {
      using(make, (schedule) => {
        const [lowest, highest] = GAMMA_LIMITS;
        const ends = gammaAt(schedule, [0, 1]);
        claim(
          ends.every((end) => end >= lowest && end <= highest),
          `gamma runs from ${ends[0]} to ${ends[1]}, expected within [${lowest}, ${highest}]`,
        );
      });
    }),
    tensorCheck('the slope is positive and equals a central difference', () => using(make, claimSlope)),
    tensorCheck('gamma at a time does not depend on the other times', () => {
      using(make, (schedule) => {
        const together = gammaAt(schedule, [0.1, 0.5, 0.9]);
        const alone = gammaAt(schedule, [0.5])[0]!;
        claim(
          Math.abs(alone - together[1]!) <= GAMMA_ROUNDING,
          'gamma at one time changes with the others it is asked for',
        );
      });
    }),
    tensorCheck('the parameters of the shape are its own and do not move the ends', () => using(make, claimShapeOnly)),
    tensorCheck('the gate wraps all that depends on the shape', () => using(make, claimGated)),
    ...moduleChecks(make, (schedule, _setting, rng) => {
      const t = rng.uniformTensor(6);
      return [schedule.gamma(t), schedule.gammaSlope(t)];
    }),
  ];
}

function gammaAt(schedule: NoiseSchedule, times: readonly number[]): Float32Array {
  return values(schedule.gamma(tf.tensor1d([...times])));
}

function claimSlope(schedule: NoiseSchedule): void {
  const times = Array.from({ length: 19 }, (_, i) => (i + 1) / 20);
  const ends = gammaAt(schedule, [0, 1]);
  const slopes = values(schedule.gammaSlope(tf.tensor1d(times)));
  const after = gammaAt(
    schedule,
    times.map((t) => t + HALF_STEP),
  );
  const before = gammaAt(
    schedule,
    times.map((t) => t - HALF_STEP),
  );
  for (const [i, t] of times.entries()) {
    const difference = (after[i]! - before[i]!) / (2 * HALF_STEP);
    const allowed = SLOPE_TOLERANCE * Math.max(Math.abs(ends[1]! - ends[0]!), Math.abs(difference));
    claim(slopes[i]! > 0, `the slope at t = ${t} is ${slopes[i]}, expected a positive number`);
    claim(
      Math.abs(slopes[i]! - difference) <= allowed,
      `the slope at t = ${t} is ${slopes[i]}, and a central difference says ${difference}`,
    );
  }
}

function claimShapeOnly(schedule: NoiseSchedule): void {
  const own = schedule.parameters;
  claim(
    schedule.shapeParameters.every((each) => own.includes(each)),
    'a shape parameter is no parameter of the schedule',
  );
  const before = gammaAt(schedule, [0, 1]);
  nudge(schedule.shapeParameters, new Rng(4));
  const after = gammaAt(schedule, [0, 1]);
  claim(
    after.every((end, i) => Math.abs(end - before[i]!) <= GAMMA_ROUNDING),
    `the ends move from ${before.join(', ')} to ${after.join(', ')} with the parameters of the shape`,
  );
}

function claimGated(schedule: NoiseSchedule): void {
  nudge(schedule.parameters, new Rng(4));
  const t = new Rng(5).uniformTensor(6);
  const shape = new Map([...schedule.namedParameters()].filter(([, each]) => schedule.shapeParameters.includes(each)));
  const outputs = { gamma: () => schedule.gamma(t, stopGradient), slope: () => schedule.gammaSlope(t, stopGradient) };
  for (const [what, output] of Object.entries(outputs)) {
    const still = withoutGradient(shape, () => probe([output()]));
    const past = [...shape.keys()].filter((name) => !still.includes(name));
    claim(past.length === 0, `the ${what} passes a gradient by the gate to ${past.join(', ')}`);
  }
}

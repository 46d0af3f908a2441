import * as tf from '@tensorflow/tfjs-core';
import type { EventSpec, GenerativeModel, HostEvents, Posterior } from '@unfold-zoo/core';
import {
  asinhSlope,
  countBelow,
  type EventScaling,
  QUANTITIES,
  scalePartons,
  toObservation,
  truePartons,
} from '@unfold-zoo/core/events';

/** ln E is integrated over these numbers of standard deviations about the truth's: delta sinh(u), u from -U to U. */
const POINTS = 161;
const DELTA = 0.005;
const FARTHEST = 8;
const END = Math.asinh(FARTHEST / DELTA);
const STEP = (2 * END) / (POINTS - 1);
const OFFSETS = Float64Array.from({ length: POINTS }, (_, k) => DELTA * Math.sinh(STEP * k - END));
/** Logarithm of what each point stands for. */
const LOG_LENGTHS = Float64Array.from({ length: POINTS }, (_, k) => Math.log(DELTA * Math.cosh(STEP * k - END) * STEP));

/** A model whose density is looked at, and how its events were standardised. */
export interface DensityModel {
  readonly model: Pick<GenerativeModel, 'posterior'>;
  readonly spec: EventSpec;
  readonly scaling: EventScaling;
}

/**
 * Natural logarithms [n] of a model's density of mass and momentum at the truth of a few events, in GeV^-4. The model
 * has one of five numbers, of which the energy is a function of the others in the truth and nearly so in draws: it is
 * integrated over, with points that are densest about the truth's energy, so that a ridge is resolved as sharp as the
 * noise that a flow is trained with.
 *
 * Undefined for a model without densities, several particles, another representation than the parton vector, and a mass
 * that takes few values.
 */
export async function momentumDensity(from: DensityModel, events: HostEvents): Promise<Float64Array | undefined> {
  const observed = toObservation(events, from.spec, from.scaling);
  const posterior = from.model.posterior(observed);
  tf.dispose(observed as unknown as tf.TensorContainer);
  try {
    return isComparable(from, posterior) ? await densitiesOf(from.scaling, posterior, events) : undefined;
  } finally {
    posterior.dispose();
  }
}

function isComparable({ spec, scaling }: DensityModel, posterior: Posterior): boolean {
  const { representation, normalScores = new Map(), partons } = scaling;
  const [mass] = partons.standardDeviation;
  const isSmooth = [...normalScores.values()].every(({ thresholds }) => thresholds === undefined);
  return posterior.logDensity !== undefined && spec.particles.length === 1 && !representation && isSmooth && mass! > 0;
}

async function densitiesOf(scaling: EventScaling, posterior: Posterior, events: HostEvents): Promise<Float64Array> {
  const truth = truePartons(events);
  const width = QUANTITIES.length;
  const scaled = scalePartons(scaling, truth, events);
  const rows = new Float32Array(events.size * POINTS * width);
  for (let row = 0; row < events.size * POINTS; row++) {
    const event = Math.floor(row / POINTS);
    rows.set(scaled.subarray(event * width, (event + 1) * width), row * width);
    rows[row * width + QUANTITIES.indexOf('logE')]! += OFFSETS[row % POINTS]!;
  }
  const values = tf.tidy(() => posterior.logDensity!(tf.tensor2d(rows, [events.size * POINTS, width])));
  const logs = await values.data();
  values.dispose();
  return Float64Array.from({ length: events.size }, (_, event) => {
    const own = Float64Array.from(LOG_LENGTHS, (length, k) => length + logs[event * POINTS + k]!);
    return logOfSum(own) + logJacobian(scaling, truth.subarray(event * width, (event + 1) * width));
  });
}

function logOfSum(logs: Float64Array): number {
  const highest = logs.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  return highest + Math.log(logs.reduce((sum, value) => sum + Math.exp(value - highest), 0));
}

/** ln of the volume of standardised mass and momentum over that in GeV^4. */
function logJacobian({ partons, normalScores, asinh }: EventScaling, truth: Float32Array): number {
  let sum = 0;
  for (const [column, quantity] of QUANTITIES.entries()) {
    if (quantity === 'logE') continue;
    const scores = normalScores?.get(column);
    const deviation = partons.standardDeviation[column]!;
    sum += scores ? Math.log(slope(scores, truth[column]!)) : -Math.log(deviation);
    if (asinh?.has(column)) sum += Math.log(asinhSlope((truth[column]! - partons.mean[column]!) / deviation));
  }
  return sum;
}

/** Scores per unit of the value: those of the straight line between two knots, or of the last one beyond them. */
function slope({ scores, values }: { scores: Float64Array; values: Float64Array }, value: number): number {
  const right = Math.min(Math.max(countBelow(values, value), 1), values.length - 1);
  return (scores[right]! - scores[right - 1]!) / (values[right]! - values[right - 1]!);
}

import * as tf from '@tensorflow/tfjs-core';
import { QUANTITIES } from '../contracts/events/event-spec.js';
import type { Representation } from '../contracts/events/representation.js';
import { UserError } from '../errors.js';
import { expandColumns } from '../events/columns/asinh.js';
import type { NormalScores } from '../events/columns/normal-scores.js';
import { type EventScaling, logEnergyLimit } from '../events/scaling.js';
import { customGradient } from '../nn/fused/custom-gradient.js';
import type { ConsistencyOptions } from './loss-options.js';
import { weightedMean } from './weighted-mean.js';

/** Paper, eq. 10: `mae`, mean absolute error; `mse`, mean squared error, as the authors' code has it. */
export type ConsistencyForm = 'mae' | 'mse';

/**
 * How far particles are from M^2 = E^2 - |p|^2 (paper, eq. 10), standardised parton vectors [B, P] -> [B], the mean
 * over particles, whose numbers stand first; over those alone whose five quantities the representation keeps as they
 * are, if it changes some. Each residual is divided by the training standard deviation of that particle's E^2
 * (`EventScaling.energySquared`): in GeV^2, as the paper writes it, a few TeV-scale particles would swamp every other
 * loss.
 */
export function consistency(partons: tf.Tensor2D, scaling: EventScaling, form: ConsistencyForm): tf.Tensor1D {
  const particles = scaling.energySquared.length;
  const vector = tf.slice(physicalPartons(partons, scaling), [0, 0], [-1, particles * QUANTITIES.length]);
  const physical = tf.reshape<tf.Rank.R3>(vector, [-1, particles, QUANTITIES.length]);
  const residual = tf.div(massShellResidual(physical, logEnergyLimit(scaling)), row(scaling.energySquared));
  const sizes = form === 'mae' ? tf.abs(residual) : tf.square(residual);
  const whole = scaling.representation && wholeParticles(scaling.representation).slice(0, particles);
  if (!whole?.includes(false)) return tf.mean(sizes, 1);
  return tf.div(tf.sum(tf.mul(sizes, [whole.map(Number)]), 1), whole.filter(Boolean).length);
}

/**
 * M^2 - E^2 + |p|^2 of particles [B, N, 5] in physical units -> [B, N], GeV^2. An untrained decoder may ask for
 * energies whose square leaves float32, at ln E = 44. Above the limit on ln E the residual stays finite, and its
 * gradient with respect to ln E is zero; the reconstruction loss brings such a particle back.
 */
function massShellResidual(particles: tf.Tensor3D, limit: number): tf.Tensor2D {
  return customGradient([particles], () => {
    const [mass, logE, ...momentum] = tf.split(particles, QUANTITIES.length, 2) as tf.Tensor3D[];
    const energySquared = tf.exp(tf.mul(2, tf.minimum(logE!, limit)));
    const spaceLike = tf.addN([mass!, ...momentum].map((component) => tf.square(component)));
    // Half the slope with respect to each quantity.
    const followed = tf.mul(energySquared, tf.cast(tf.lessEqual(logE!, limit), 'float32'));
    const slopes = tf.concat([mass!, tf.neg(followed), ...momentum], 2);
    return {
      value: tf.squeeze<tf.Tensor2D>(tf.sub(spaceLike, energySquared), [2]),
      saved: [slopes],
      gradient: (dy, [slopes]) => [tf.mul(tf.expandDims(tf.mul(2, dy), 2), slopes!)],
    };
  });
}

/**
 * The consistency loss of decoded partons [B, W] as a term of a stage's loss. No term if its weight is 0, or if the
 * representation of the truth makes it zero.
 * @throws UserError for a representation of which it cannot be computed.
 */
export function consistencyTerm(
  decoded: tf.Tensor2D,
  scaling: EventScaling,
  { weight, form }: ConsistencyOptions,
  weights?: tf.Tensor1D,
): { consistency?: tf.Scalar } {
  if (weight === 0 || scaling.representation?.massShell === 'exact') return {};
  if (scaling.representation) checkIsPartonVector(scaling.representation);
  return { consistency: tf.mul(weight, weightedMean(consistency(decoded, scaling, form), weights)) };
}

/**
 * Of each particle of a parton vector, whether the representation keeps mass, ln E and momentum as they are. Other
 * numbers may stand after it.
 */
function wholeParticles({ columns }: Representation): boolean[] {
  return Array.from({ length: Math.floor(columns.length / QUANTITIES.length) }, (_, particle) =>
    QUANTITIES.every((quantity, i) => columns[particle * QUANTITIES.length + i]!.quantity === quantity),
  );
}

/** The loss knows where mass, energy and momentum of a particle stand in a parton vector, and nowhere else. */
function checkIsPartonVector(representation: Representation): void {
  const { columns } = representation;
  const isVector = columns.every(({ quantity }, i) =>
    [undefined, QUANTITIES[i % QUANTITIES.length]].includes(quantity),
  );
  if (isVector && wholeParticles(representation).includes(true)) return;
  throw new UserError(
    'invalid consistency.weight: the consistency loss needs mass, ln E and momentum of every particle in turn, which ' +
      `the representation does not have (it has ${columns.map(({ name }) => name).join(', ')}); set the weight to 0`,
  );
}

/**
 * [B, P] standardised to physical units, differentiable. A column of steps is a curve through its values here: the
 * losses need its gradient, and a step has none.
 */
function physicalPartons(partons: tf.Tensor2D, { partons: scaling, normalScores, asinh }: EventScaling): tf.Tensor2D {
  const standardised = expandColumns(partons, asinh, [...scaling.mean.keys()]);
  const affine = tf.add<tf.Tensor2D>(tf.mul(standardised, row(scaling.standardDeviation)), row(scaling.mean));
  if (!normalScores) return affine;
  // A copy: the tape goes on looking at the array that split returned.
  const columns = [...(tf.split(affine, partons.shape[1], 1) as tf.Tensor2D[])];
  for (const [column, scores] of normalScores)
    columns[column] = fromNormalScores(scores, tf.slice(partons, [0, column], [-1, 1]));
  return tf.concat(columns, 1);
}

/** [B, 1] scores to values: the curve's height at its lower end, and at each knot the change of its slope. */
function fromNormalScores({ scores, values }: NormalScores, column: tf.Tensor2D): tf.Tensor2D {
  const slopes = [...values.slice(1)].map((value, k) => (value - values[k]!) / (scores[k + 1]! - scores[k]!));
  const changes = Float64Array.from(scores, (_, k) => (slopes[k] ?? 0) - (slopes[k - 1] ?? 0));
  const beyond = tf.relu(tf.sub(column, row(scores)));
  return tf.add<tf.Tensor2D>(tf.matMul(beyond, row(changes), false, true), values[0]!);
}

function row(values: Float64Array): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(values), [1, values.length]);
}

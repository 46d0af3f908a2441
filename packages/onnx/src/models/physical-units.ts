import * as tf from '@tensorflow/tfjs-core';
import { type EventSpec, type ObjectSet, type Observation, UserError } from '@unfold-zoo/core';
import {
  type ColumnScaling,
  type EventScaling,
  expandColumns,
  LOG_FLOOR,
  logEnergyLimit,
  type NormalScores,
  partonWidth,
  QUANTITIES,
  scaledWidth,
} from '@unfold-zoo/core/events';
import type { Recording } from '../recording/record.js';

/** What the detector saw of the rows of a graph: an input of the graph for the objects of each kind, and their mask. */
export function observedInputs({ inputs }: EventSpec, recording: Recording): Observation {
  const sets = Object.entries(inputs).map(([name, { capacity, features }]): [string, ObjectSet] => [
    name,
    {
      features: recording.input(name, [capacity, features.length]) as tf.Tensor3D,
      mask: recording.input(`${name}_mask`, [capacity]) as tf.Tensor2D,
    },
  ]);
  return Object.fromEntries(sets);
}

/** Objects in physical units, in double precision. */
export function inDoublePrecision(observed: Observation, recording: Recording): Observation {
  return mapSets(observed, ({ features, mask }) => ({ features: recording.inPrecision(features, 'double'), mask }));
}

/** Objects in physical units as networks see them: turned where the representation turns them, and scaled. */
export function scaledObservation(observed: Observation, scaling: EventScaling, recording: Recording): Observation {
  const { representation } = scaling;
  if (representation?.inputs && !representation.inputTensors) throw new UserError(noForm('inputTensors'));
  const seen = representation?.inputTensors?.(observed) ?? observed;
  return mapSets(seen, (set, name) => ({
    features: recording.inPrecision(scaledFeatures(scaling.inputs[name]!, set, recording), 'float'),
    mask: set.mask,
  }));
}

/** Each of the sets of an observation changed. */
export function mapSets(observed: Observation, change: (set: ObjectSet, name: string) => ObjectSet): Observation {
  return Object.fromEntries(Object.entries(observed).map(([name, set]) => [name, change(set, name)]));
}

/** `scaleFeatures` in tfjs ops. */
function scaledFeatures(scaling: ColumnScaling, { features, mask }: ObjectSet, recording: Recording): tf.Tensor3D {
  const row = (values: ArrayLike<number>) => recording.doubles(Float64Array.from(values), [1, 1, values.length]);
  const isLog = tf.cast(tf.tensor3d([...scaling.log], [1, 1, scaling.log.length]), 'bool');
  const logarithm = tf.log(tf.maximum(features, LOG_FLOOR));
  const standardised = tf.div(
    tf.sub(tf.where(isLog, logarithm, features), row(scaling.mean)),
    row(scaling.standardDeviation),
  );
  return tf.mul(standardised, tf.expandDims(mask, 2));
}

/**
 * Draws of a model, standardised [B, W], as momenta [B, particles, 5] in GeV: mass, energy, px, py and pz, with
 * energies cut as those of `run.draw` are.
 */
export function physicalMomenta(
  drawn: tf.Tensor2D,
  {
    observed,
    spec,
    scaling,
  }: { readonly observed: Observation; readonly spec: EventSpec; readonly scaling: EventScaling },
  recording: Recording,
): tf.Tensor3D {
  const { representation } = scaling;
  const numbers = unscaled(drawn, scaling, recording);
  if (representation && !representation.decodeTensors) throw new UserError(noForm('decodeTensors'));
  const partons = representation?.decodeTensors?.(numbers, observed) ?? numbers;
  const particles = tf.reshape<tf.Rank.R3>(partons, [-1, partonWidth(spec) / QUANTITIES.length, QUANTITIES.length]);
  const limit = logEnergyLimit(scaling);
  const { massShell = 'learned' } = representation ?? {};
  return massShell === 'learned' ? cutEnergies(particles, limit) : cutEvents(particles, limit);
}

function noForm(method: string): string {
  return `missing ONNX form: the representation of the run has no method ${method}, by which a graph is made of it`;
}

/** `unscalePartons` before its representation, in tfjs ops and double precision. */
function unscaled(drawn: tf.Tensor2D, scaling: EventScaling, recording: Recording): tf.Tensor2D {
  const { mean, standardDeviation } = scaling.partons;
  const row = (values: Float64Array) => recording.doubles<tf.Rank.R2>(values, [1, values.length]);
  const scores = recording.inPrecision(drawn, 'double');
  const standardised = expandColumns(scores, scaling.asinh, [...mean.keys()]);
  const affine = tf.add<tf.Tensor2D>(tf.mul(standardised, row(standardDeviation)), row(mean));
  if (!scaling.normalScores) return affine;
  const columns = [...(tf.split(affine, scaledWidth(scaling), 1) as tf.Tensor2D[])];
  for (const [column, map] of scaling.normalScores)
    columns[column] = valuesOf(map, tf.slice(scores, [0, column], [-1, 1]), recording);
  return tf.concat(columns, 1);
}

/** `fromNormalScore` in tfjs ops, [B, 1] -> [B, 1]. */
function valuesOf(
  { scores, values, thresholds }: NormalScores,
  column: tf.Tensor2D,
  recording: Recording,
): tf.Tensor2D {
  const row = (numbers: Float64Array) => recording.doubles<tf.Rank.R2>(numbers, [1, numbers.length]);
  if (thresholds?.length === 0 || values.length === 1)
    return tf.add(tf.mul(column, 0), recording.doubles<tf.Rank.R2>(values.slice(0, 1), [1, 1]));
  if (thresholds) {
    const below = tf.sum(tf.cast(tf.less(row(thresholds), column), 'int32'), 1, true);
    return tf.gather<tf.Tensor>(recording.doubles(values, [values.length]), below as tf.Tensor2D) as tf.Tensor2D;
  }
  const steps = Float64Array.from(scores.slice(1), (score, k) => score - scores[k]!);
  const slopes = steps.map((step, k) => (values[k + 1]! - values[k]!) / step);
  const passed = tf.minimum(tf.relu(tf.sub(column, row(scores.slice(0, -1)))), row(steps));
  const risen = tf.matMul(passed, recording.doubles<tf.Rank.R2>(slopes, [slopes.length, 1]));
  return tf.add(risen, recording.doubles<tf.Rank.R2>(values.slice(0, 1), [1, 1]));
}

/** Each energy up to a limit on its logarithm. */
function cutEnergies(particles: tf.Tensor3D, limit: number): tf.Tensor3D {
  const [mass, logEnergy, momentum] = tf.split(particles, [1, 1, 3], 2) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
  return tf.concat([mass, tf.exp(tf.minimum<tf.Tensor3D>(logEnergy, limit)), momentum], 2);
}

/** All momenta of an event less by one factor, where one of its energies is beyond the limit. */
function cutEvents(particles: tf.Tensor3D, limit: number): tf.Tensor3D {
  const [mass, logEnergy, momentum] = tf.split(particles, [1, 1, 3], 2) as [tf.Tensor3D, tf.Tensor3D, tf.Tensor3D];
  const excess = tf.relu(tf.sub(tf.max(logEnergy, 1, true), limit));
  const factor = tf.exp(tf.neg(excess));
  const energy = tf.exp(tf.sub<tf.Tensor3D>(logEnergy, excess));
  return tf.concat([tf.mul<tf.Tensor3D>(mass, factor), energy, tf.mul<tf.Tensor3D>(momentum, factor)], 2);
}

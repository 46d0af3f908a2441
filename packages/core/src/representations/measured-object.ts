import * as tf from '@tensorflow/tfjs-core';
import type { EventSpec, InputSpec, MeasuredBy, Observed } from '../contracts/events/event-spec.js';
import type { KinematicQuantity } from '../contracts/events/figures.js';
import type { ObjectSet, Observation } from '../contracts/model/observation.js';
import { UserError } from '../errors.js';

/** GeV, 1 keV: a measured momentum below it counts as this much, so that it can be divided by. */
const LEAST_MOMENTUM = 1e-6;

/** Transverse momentum in GeV, pseudorapidity, and azimuth in rad of one object. */
interface MeasuredObject {
  readonly pt: number;
  readonly eta: number;
  readonly phi: number;
}

/** A unit vector. */
type Axis = readonly [number, number, number];

/** What a particle is described relative to. */
export interface Basis {
  /** The measured direction, and those in which azimuth and polar angle change; all at right angles. */
  readonly axes: readonly [Axis, Axis, Axis];
  /** GeV, the size of the measured momentum. */
  readonly size: number;
}

/** The same of the object of each event, [B, 1] each; not a number in an event without it. */
export interface MeasuredObjects {
  readonly pt: tf.Tensor2D;
  readonly eta: tf.Tensor2D;
  readonly phi: tf.Tensor2D;
}

/** How the detector measures one particle. */
export interface ObjectMeasurement {
  /** @throws UserError for an event without the object. */
  of(observed: Observed, event: number): MeasuredObject;
  /** The basis of the object's direction, its azimuth counted from another. */
  basis(observed: Observed, event: number, azimuth: number): Basis;
  /** `of` in tfjs ops, of all events, in physical units. */
  ofTensors(observed: Observation): MeasuredObjects;
}

/**
 * The measurement of a particle that `measuredBy` declares.
 * @throws UserError for an input that is not there, or whose objects have no direction.
 */
export function measurementOf({ inputs }: EventSpec, measuredBy: MeasuredBy, particle: string): ObjectMeasurement {
  const input = inputs[measuredBy.input];
  if (!input) throw new UserError(`invalid measuredBy of ${particle}: there is no input "${measuredBy.input}"`);
  const [pt, eta, phi] = (['pt', 'eta', 'phi'] as const).map((quantity) => {
    const column = columnOf(input, quantity);
    if (column !== undefined) return column;
    throw new UserError(
      `invalid measuredBy of ${particle}: the objects of ${measuredBy.input} have no feature of quantity ${quantity}`,
    );
  }) as [number, number, number];
  const width = input.features.length;
  const slotOf = slotFinder(input, measuredBy, particle);
  const of = (observed: Observed, event: number): MeasuredObject => {
    const at = slotOf(observed, event) * width;
    const { features } = observed.inputs[measuredBy.input]!;
    return { pt: features[at + pt]!, eta: features[at + eta]!, phi: features[at + phi]! };
  };
  const flags = flagsOf(input, measuredBy);
  const ofTensors = (observed: Observation): MeasuredObjects => {
    const objects = observed[measuredBy.input]!;
    const first = firstOfClasses(objects, flags);
    const [ofPt, ofEta, ofPhi] = [pt, eta, phi].map((column) => featureOf(objects, first, column)) as [
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    return { pt: ofPt, eta: ofEta, phi: ofPhi };
  };
  return { of, basis: (observed, event, azimuth) => basisOf(of(observed, event), azimuth), ofTensors };
}

/** [B, N] 1 for the first object of an event that has one of the classes, 0 for all others. */
function firstOfClasses({ features, mask }: ObjectSet, flags: readonly number[]): tf.Tensor2D {
  const count = mask.shape[1];
  const classes = flags.map((flag) => tf.reshape(tf.slice(features, [0, 0, flag], [-1, -1, 1]), mask.shape));
  const isOfClass = classes.map((each) => tf.cast(tf.greater(tf.abs(each), 0), 'float32'));
  const isOne = isOfClass.length === 0 ? mask : tf.mul<tf.Tensor2D>(mask, tf.minimum(tf.addN(isOfClass), 1));
  const earlier = Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => Number(i < j)));
  const isFirst = tf.less(tf.matMul(isOne, tf.tensor2d(earlier, [count, count])), 0.5);
  return tf.mul(isOne, tf.cast(isFirst, 'float32'));
}

/** [B, 1] a feature of the object that `first` marks. */
function featureOf({ features, mask }: ObjectSet, first: tf.Tensor2D, column: number): tf.Tensor2D {
  const values = tf.reshape<tf.Rank.R2>(tf.slice(features, [0, 0, column], [-1, -1, 1]), mask.shape);
  return tf.div(tf.sum(tf.mul(values, first), 1, true), tf.sum(first, 1, true));
}

/** Columns of the classes that an object may have. */
function flagsOf({ features }: InputSpec, { classes }: MeasuredBy): number[] {
  return classes.map((name) => features.findIndex((feature) => feature.name === name));
}

/** Where the features of an input hold a quantity; undefined where none does. */
export function columnOf({ features }: InputSpec, quantity: KinematicQuantity): number | undefined {
  const found = features.findIndex((feature) => feature.quantity === quantity);
  return found < 0 ? undefined : found;
}

function slotFinder(
  spec: InputSpec,
  measuredBy: MeasuredBy,
  particle: string,
): (observed: Observed, event: number) => number {
  const { features, capacity } = spec;
  const { input, classes } = measuredBy;
  const flags = flagsOf(spec, measuredBy);
  return (observed, event) => {
    const objects = observed.inputs[input]!;
    for (let slot = event * capacity; slot < (event + 1) * capacity; slot++) {
      const isOne = flags.length === 0 || flags.some((flag) => objects.features[slot * features.length + flag] !== 0);
      if (objects.mask[slot] === 1 && isOne) return slot;
    }
    throw new UserError(
      `missing object: event ${event} of a block has none of ${input} that measures ${particle} ` +
        `(${classes.join(' or ') || 'any'}); leave such events out, or set representation.frame to laboratory`,
    );
  };
}

/** What particles of B events are described relative to: `Basis` in tfjs ops, [B, 1] each. */
export interface BasisTensors {
  readonly axes: readonly (readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D])[];
  readonly size: tf.Tensor2D;
}

/** `ObjectMeasurement.basis` of objects, their azimuths counted from another [B, 1]. */
export function basisTensors({ pt, eta, phi }: MeasuredObjects, azimuth: tf.Tensor2D): BasisTensors {
  const angle = tf.sub(phi, azimuth);
  const [cosine, sine] = [tf.cos(angle), tf.sin(angle)] as [tf.Tensor2D, tf.Tensor2D];
  const growing = tf.exp(eta);
  const hyperbolic: tf.Tensor2D = tf.mul(0.5, tf.add(growing, tf.div(1, growing)));
  const [transverse, longitudinal] = [tf.div<tf.Tensor2D>(1, hyperbolic), tf.tanh(eta)];
  return {
    axes: [
      [tf.mul(transverse, cosine), tf.mul(transverse, sine), longitudinal],
      [tf.neg(sine), cosine, tf.zerosLike(sine)],
      [tf.neg(tf.mul<tf.Tensor2D>(longitudinal, cosine)), tf.neg(tf.mul<tf.Tensor2D>(longitudinal, sine)), transverse],
    ],
    size: tf.maximum<tf.Tensor2D>(tf.mul(pt, hyperbolic), LEAST_MOMENTUM),
  };
}

function basisOf({ pt, eta, phi }: MeasuredObject, azimuth: number): Basis {
  const [cosine, sine] = [Math.cos(phi - azimuth), Math.sin(phi - azimuth)];
  const [transverse, longitudinal] = [1 / Math.cosh(eta), Math.tanh(eta)];
  return {
    axes: [
      [transverse * cosine, transverse * sine, longitudinal],
      [-sine, cosine, 0],
      [-longitudinal * cosine, -longitudinal * sine, transverse],
    ],
    size: Math.max(pt * Math.cosh(eta), LEAST_MOMENTUM),
  };
}

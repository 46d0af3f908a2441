import * as tf from '@tensorflow/tfjs-core';
import { STEP_SCOPE } from '../diffusion/denoise.js';
import type { MomentumTensors } from './four-momenta-tensors.js';
import { MOST_STEPS, TILT } from './nearest-momentum.js';

/** px, py and pz in GeV, [B, 1] each. */
export type ThreeMomentumTensors = readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

/** `MassTarget` in tensors: the mass of a particle, the others together, and what the mass of all is to be. */
export interface MassTargetTensors {
  readonly mass: tf.Tensor2D;
  readonly others: MomentumTensors;
  readonly massOfAll: tf.Tensor2D;
}

/**
 * `nearestMomentum` in tfjs ops, for graphs: there the formulas are explained. A graph cannot look at numbers to stop
 * when they have converged, so that all of Newton's steps are made; those that are left change nothing.
 */
export function nearestMomentumTensors(
  given: ThreeMomentumTensors,
  { mass, others: [ofOthers, energy, ...momentum], massOfAll }: MassTargetTensors,
): ThreeMomentumTensors {
  const split = acrossAndAlong(given, momentum);
  const energySquared = tf.square(energy);
  const squares = tf.sub(tf.sub(tf.square(massOfAll), tf.square(mass)), tf.square(ofOthers));
  const product = tf.mul(squares, 0.5);
  const ellipsoid: EllipsoidTensors = {
    b: tf.div(tf.square(ofOthers), energySquared),
    h: tf.div(tf.mul(product, split.axisLength), energySquared),
    constant: tf.sub(tf.square(mass), tf.div(tf.square(product), energySquared)),
  };
  const n = multiplier(split, ellipsoid);
  const along = alongAt(n, split, ellipsoid);
  const moved = mapped((i) => tf.add(tf.div(split.across[i]!, tf.add(n, 1)), tf.mul(along, split.axis[i]!)));
  const isPossible = tf.greater(massOfAll, tf.add(mass, ofOthers));
  const isNumber = tf.less(tf.abs(tf.addN([...moved])), LARGEST);
  const isTaken = tf.logicalAnd(isPossible, isNumber);
  return mapped((i) => tf.where(isTaken, moved[i]!, given[i]!));
}

/** What is less is a finite number. */
const LARGEST = 3e38;

interface EllipsoidTensors {
  readonly b: tf.Tensor2D;
  readonly h: tf.Tensor2D;
  readonly constant: tf.Tensor2D;
}

interface SplitTensors {
  readonly axis: ThreeMomentumTensors;
  readonly axisLength: tf.Tensor2D;
  readonly across: ThreeMomentumTensors;
  readonly acrossSquared: tf.Tensor2D;
  readonly along: tf.Tensor2D;
}

function acrossAndAlong(momentum: ThreeMomentumTensors, axisVector: ThreeMomentumTensors): SplitTensors {
  const axisLength = tf.sqrt(dot(axisVector, axisVector));
  const hasAxis = tf.greater(axisLength, 0);
  const axis = mapped((i) => tf.where(hasAxis, tf.div<tf.Tensor2D>(axisVector[i]!, axisLength), i === 2 ? 1 : 0));
  const along = dot(momentum, axis);
  const across = mapped((i) => tf.sub(momentum[i]!, tf.mul(along, axis[i]!)));
  const least = tf.mul<tf.Tensor2D>(tf.add(tf.abs(along), 1), TILT);
  const hasDirection = tf.greater(dot(across, across), tf.square(least));
  const other = perpendicular(axis, least);
  const tilted = mapped((i) => tf.where(hasDirection, across[i]!, other[i]!));
  return { axis, axisLength, across: tilted, acrossSquared: dot(tilted, tilted), along };
}

function perpendicular([x, y, z]: ThreeMomentumTensors, length: tf.Tensor2D): ThreeMomentumTensors {
  const isFarFromX = tf.less(tf.abs(x), 0.6);
  const zero = tf.mul<tf.Tensor2D>(x, 0);
  const other: ThreeMomentumTensors = [
    tf.where(isFarFromX, zero, tf.neg(z)),
    tf.where(isFarFromX, z, zero),
    tf.where(isFarFromX, tf.neg(y), x),
  ];
  const factor = tf.div(length, tf.sqrt(dot(other, other)));
  return mapped((i) => tf.mul(other[i]!, factor));
}

function dot(a: ThreeMomentumTensors, b: ThreeMomentumTensors): tf.Tensor2D {
  return tf.addN(a.map((each, i) => tf.mul<tf.Tensor2D>(each, b[i]!)));
}

function mapped(component: (i: number) => tf.Tensor2D): ThreeMomentumTensors {
  return [component(0), component(1), component(2)];
}

function alongAt(n: tf.Tensor2D, { along }: SplitTensors, { b, h }: EllipsoidTensors): tf.Tensor2D {
  return tf.div(tf.add(along, tf.mul(n, h)), tf.add(tf.mul(n, b), 1));
}

function multiplier(split: SplitTensors, ellipsoid: EllipsoidTensors): tf.Tensor2D {
  const { acrossSquared, along } = split;
  const atZero = tf.add<tf.Tensor2D>(acrossSquared, conditionAlong(along, ellipsoid));
  const start = tf.sub<tf.Tensor2D>(tf.sqrt(tf.div(acrossSquared, tf.sub(acrossSquared, atZero))), 1);
  let n: tf.Tensor2D = tf.where(tf.less(atZero, 0), start, 0);
  for (let step = 0; step < MOST_STEPS; step++) n = tf.tidy(STEP_SCOPE, () => newtonStep(n, split, ellipsoid));
  return n;
}

/** b q^2 - 2 h q + constant, for q along the axis. */
function conditionAlong(q: tf.Tensor2D, { b, h, constant }: EllipsoidTensors): tf.Tensor2D {
  return tf.add(tf.mul(tf.sub(tf.mul(b, q), tf.mul(h, 2)), q), constant);
}

function newtonStep(n: tf.Tensor2D, split: SplitTensors, ellipsoid: EllipsoidTensors): tf.Tensor2D {
  const { b, h } = ellipsoid;
  const shrunk = tf.add(n, 1);
  const q = alongAt(n, split, ellipsoid);
  const across = tf.div(split.acrossSquared, tf.square(shrunk));
  const value = tf.add(across, conditionAlong(q, ellipsoid));
  const pull = tf.div(tf.square(tf.sub(h, tf.mul(b, q))), tf.add(tf.mul(n, b), 1));
  const change = tf.div<tf.Tensor2D>(value, tf.mul(tf.add(tf.div(across, shrunk), pull), 2));
  return tf.where(tf.greater(change, 0), tf.add<tf.Tensor2D>(n, change), n);
}

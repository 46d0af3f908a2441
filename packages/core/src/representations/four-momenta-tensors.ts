import * as tf from '@tensorflow/tfjs-core';
import { LARGEST_MOMENTUM, LEAST_ENERGY } from './four-momenta.js';

/** Mass, energy, px, py and pz of one particle in GeV, [B, 1] each: `four-momenta.ts` in tfjs ops. */
export type MomentumTensors = readonly [
  mass: tf.Tensor2D,
  energy: tf.Tensor2D,
  px: tf.Tensor2D,
  py: tf.Tensor2D,
  pz: tf.Tensor2D,
];

/** A particle whose mass and momentum are four columns of numbers [B, W], from `first` on. */
export function finalMomentum(numbers: tf.Tensor2D, first: number): MomentumTensors {
  const [mass, ...momentum] = [0, 1, 2, 3].map((i) => tf.slice(numbers, [0, first + i], [-1, 1])) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  return particleOf(mass, momentum);
}

/** `setParticle` in tfjs ops: a particle by its mass and momentum. */
export function particleOf(
  givenMass: tf.Tensor2D,
  givenMomentum: readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D],
): MomentumTensors {
  const mass = tf.relu(bounded(givenMass));
  const momentum = givenMomentum.map(bounded) as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
  const energy: tf.Tensor2D = tf.sqrt(tf.addN([mass, ...momentum].map((each) => tf.square(each))));
  return [mass, energy, ...momentum];
}

function bounded(values: tf.Tensor2D): tf.Tensor2D {
  return tf.clipByValue(values, -LARGEST_MOMENTUM, LARGEST_MOMENTUM);
}

/** Particles together. */
export function momentumOfSum(particles: readonly MomentumTensors[]): MomentumTensors {
  const [energy, ...momentum] = [1, 2, 3, 4].map((i) => tf.addN(particles.map((each) => each[i]!))) as [
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const length = tf.sqrt(tf.addN(momentum.map((each) => tf.square(each))));
  const massSquared = tf.mul<tf.Tensor2D>(tf.sub<tf.Tensor2D>(energy, length), tf.add<tf.Tensor2D>(energy, length));
  return [tf.sqrt(tf.relu(massSquared)), energy, ...momentum];
}

/** The parton vectors [B, P] of particles in their order. */
export function partonVectorOf(particles: readonly MomentumTensors[]): tf.Tensor2D {
  const columns = particles.flatMap(([mass, energy, ...momentum]) => [
    mass,
    tf.log(tf.maximum<tf.Tensor2D>(energy, LEAST_ENERGY)),
    ...momentum,
  ]);
  return tf.concat<tf.Tensor2D>(columns, 1);
}

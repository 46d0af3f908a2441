import * as tf from '@tensorflow/tfjs-core';

/** Momenta of massless objects, of any shape that goes together. */
export interface Momenta<Values extends tf.Tensor = tf.Tensor2D> {
  /** GeV. */
  readonly pt: Values;
  readonly eta: Values;
  /** rad. */
  readonly phi: Values;
}

/** GeV^2, of two massless objects. */
export function massSquared<Values extends tf.Tensor>(a: Momenta<Values>, b: Momenta<Values>): Values {
  const opening = tf.sub<Values>(tf.cosh(tf.sub(a.eta, b.eta)), tf.cos(tf.sub(a.phi, b.phi)));
  return tf.mul(tf.mul(2, tf.mul(a.pt, b.pt)), opening);
}

/** Of each two of N objects, [R, N] -> [R, N, N] GeV^2. */
export function pairMasses({ pt, eta, phi }: Momenta): tf.Tensor3D {
  const along = (axis: number): Momenta<tf.Tensor3D> => ({
    pt: tf.expandDims(pt, axis),
    eta: tf.expandDims(eta, axis),
    phi: tf.expandDims(phi, axis),
  });
  return massSquared(along(2), along(1));
}

/** Logarithms of masses in GeV that a network tells apart: from 12 to 670 GeV, a fifth of the mass between two. */
const CENTRES = Array.from({ length: 21 }, (_, i) => 2.5 + 0.2 * i);

/** Numbers that say a mass. */
export const MASS_WIDTH = CENTRES.length;

/** [...] GeV^2 -> [..., `MASS_WIDTH`], how near ln m is to each of the centres, so that a layer sees a resonance. */
export function massFeatures(squared: tf.Tensor): tf.Tensor {
  const logMass = tf.mul(0.5, tf.log(tf.add(tf.relu(squared), 1)));
  const away = tf.div(tf.sub(tf.expandDims(logMass, -1), CENTRES), 0.2);
  return tf.exp(tf.mul(-0.5, tf.square(away)));
}

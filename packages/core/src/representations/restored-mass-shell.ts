import * as tf from '@tensorflow/tfjs-core';
import { LARGEST_MOMENTUM, MOMENTUM_WIDTH, setParticle, toPartons } from './four-momenta.js';
import { type MomentumTensors, particleOf, partonVectorOf } from './four-momenta-tensors.js';

/**
 * Moves the particles of parton vectors [n, P] onto their mass shells, E^2 = M^2 + |p|^2, in place.
 *
 * An energy that a model drew beside the momentum is a second measurement of its size p, as good as the first. With E0
 * = sqrt(M^2 + p^2), the nearest point (E', p') of the tangent at (E0, p) to (E, p) has
 *
 *     p' = p (1 + (E - E0) E0 / (E0^2 + p^2)),
 *
 * and E' follows from it. Of a light particle p' is midway between both measurements; of a heavy one at rest, whose
 * energy says nothing about it, p' = p. Mass and direction stay. Particles on their mass shells stay where they are.
 */
export function restoreMassShell(partons: Float64Array): void {
  const momenta = new Float64Array(MOMENTUM_WIDTH);
  for (let at = 0; at < partons.length; at += MOMENTUM_WIDTH) {
    const [mass, logEnergy, px, py, pz] = partons.subarray(at, at + MOMENTUM_WIDTH) as unknown as Five;
    setParticle(momenta, 0, mass, [px, py, pz]);
    const [m, onShell, x, y, z] = momenta as unknown as Five;
    // What is added is 0, or NaN of a logarithm that is not finite, so that such a draw can be told.
    const energy = Math.min(Math.exp(logEnergy), LARGEST_MOMENTUM) + 0 * logEnergy;
    const squares = onShell ** 2 + x ** 2 + y ** 2 + z ** 2;
    const factor = 1 + (squares > 0 ? ((energy - onShell) * onShell) / squares : 0 * energy);
    setParticle(momenta, 0, m, [factor * x, factor * y, factor * z]);
    toPartons(momenta, partons, at);
  }
}

type Five = readonly [number, number, number, number, number];

/** `restoreMassShell` in tfjs ops, for graphs: parton vectors [B, P] -> [B, P]. */
export function massShellRestored(partons: tf.Tensor2D): tf.Tensor2D {
  const columns = tf.split(partons, partons.shape[1], 1) as tf.Tensor2D[];
  const particles = Array.from({ length: columns.length / MOMENTUM_WIDTH }, (_, i) => {
    const [mass, logEnergy, ...momentum] = columns.slice(i * MOMENTUM_WIDTH, (i + 1) * MOMENTUM_WIDTH);
    return restored(particleOf(mass!, momentum as unknown as Three), logEnergy!);
  });
  return partonVectorOf(particles);
}

type Three = readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];

function restored([mass, onShell, ...momentum]: MomentumTensors, logEnergy: tf.Tensor2D): MomentumTensors {
  const energy = tf.minimum(tf.exp(logEnergy), LARGEST_MOMENTUM);
  const squares = tf.addN([onShell, ...momentum].map((component) => tf.square(component)));
  const change = tf.div(tf.mul(tf.sub(energy, onShell), onShell), tf.maximum(squares, SMALLEST));
  const factor = tf.add<tf.Tensor2D>(change, 1);
  return particleOf(mass, momentum.map((component) => tf.mul(factor, component)) as unknown as Three);
}

/** GeV^2; below it nothing moves. */
const SMALLEST = 1e-30;

import * as tf from '@tensorflow/tfjs-core';
import type { Turn } from './assigned-particles.js';
import type { AssignmentNetwork, Candidates, Chosen } from './assignment-network.js';
import { type Choices, drawChoice, withNone } from './choices.js';

/** What is known at a turn. */
interface Known {
  readonly candidates: Candidates;
  /** Of the turns before. */
  readonly chosen: Chosen;
}

/** -ln p [R] of what the particles of a turn are, given the choices of all particles. */
export function turnLoss(
  network: AssignmentNetwork,
  turn: Turn,
  { candidates, chosen, choices }: Known & { readonly choices: Choices },
): tf.Tensor1D {
  const one = withNone(choices[turn[0]]!);
  if (turn.length === 1)
    return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(one, network.logProbabilities(candidates, turn[0], chosen)), 1));
  const both = tf.mul(tf.expandDims(one, 2), tf.expandDims(withNone(choices[turn[1]]!), 1));
  return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(both, network.pairLogProbabilities(candidates, turn, chosen)), [1, 2]));
}

/** What the particles of a turn are, by uniform numbers [R] for each of them. */
export function drawTurn(
  network: AssignmentNetwork,
  turn: Turn,
  { candidates, chosen, uniform }: Known & { readonly uniform: readonly tf.Tensor1D[] },
): tf.Tensor2D[] {
  if (turn.length === 1) {
    return [drawChoice(tf.exp(network.logProbabilities(candidates, turn[0], chosen)), uniform[0]!)];
  }
  const joint = tf.exp(network.pairLogProbabilities(candidates, turn, chosen));
  const first = drawChoice(tf.sum<tf.Tensor2D>(joint, 2), uniform[0]!);
  const given = tf.sum<tf.Tensor2D>(tf.mul(joint, tf.expandDims(withNone(first), 2)), 1);
  return [first, drawChoice(tf.div(given, tf.sum(given, 1, true)), uniform[1]!)];
}

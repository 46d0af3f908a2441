import * as tf from '@tensorflow/tfjs-core';
import { type EventSpec, type ObjectSet, type Observation, type Rng, UserError } from '@unfold-zoo/core';
import { Linear } from '@unfold-zoo/core/nn';

/** Objects of one input as rows of a network. */
export interface ObjectTokens {
  /** [B, N, D], zero where padding is. */
  readonly tokens: tf.Tensor3D;
  /** [B, N]. */
  readonly mask: tf.Tensor2D;
}

/** A linear map for each kind of input, by its name. Refuses an event description without inputs. */
export function objectEmbeddings(spec: EventSpec, width: number, rng: Rng): ReadonlyMap<string, Linear> {
  const inputs = Object.entries(spec.inputs);
  if (inputs.length === 0) throw new UserError('missing inputs: the event description has none');
  return new Map(
    inputs.map(([name, { features }]) => [
      name,
      new Linear({ inputs: features.length, outputs: width }, rng.fork(`embeddings ${name}`)),
    ]),
  );
}

/** The objects of an input, each mapped by itself. */
export function embedObjects(observed: Observation, name: string, embedding: Linear): ObjectTokens {
  const { features, mask } = inputOf(observed, name, embedding.kernel.shape[0]);
  const tokens = tf.mul<tf.Tensor3D>(embedding.apply(features), tf.expandDims(mask, 2));
  return { tokens, mask };
}

function inputOf(observed: Observation, name: string, width: number): ObjectSet {
  const input = observed[name];
  if (!input) {
    throw new UserError(
      `missing input: the encoder needs "${name}", got ${Object.keys(observed).join(', ') || 'none'}`,
    );
  }
  const got = input.features.shape[2];
  if (got !== width) throw new UserError(`invalid ${name}: expected ${width} features, got ${got}`);
  return input;
}

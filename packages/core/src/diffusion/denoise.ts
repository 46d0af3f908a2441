import * as tf from '@tensorflow/tfjs-core';
import type { Diffusion, Reached, Sampler, SamplerLoop, TensorDiffusion } from '../contracts/model/sampler.js';
import type { Rng } from '../rng.js';

/** The name of the tfjs scope that each step runs in: backends that record what is computed tell steps apart by it. */
export const STEP_SCOPE = 'sampler step';

/**
 * The name of the tfjs scope in which all events of a batch are computed with together, on purpose: elsewhere a backend
 * that records graphs refuses that, since a draw depends on its own row alone.
 */
export const WHOLE_BATCH_SCOPE = 'whole batch';

/** One turn of a loop. */
export interface LoopTurn {
  /** Whether another follows. */
  readonly goesOn: tf.Scalar;
  /** What that one is given, of the types and shapes of what this one was. */
  readonly next: readonly tf.Tensor[];
}

/** A tfjs backend that records what is computed, and has no numbers by which a loop could end: it records one turn. */
export interface LoopRecorder {
  /** Records a loop of `most` turns at most; returns what the last of them gives. */
  recordLoop(
    initial: readonly tf.Tensor[],
    most: number,
    turn: (given: readonly tf.Tensor[]) => LoopTurn,
  ): readonly tf.Tensor[];
}

/**
 * Runs a sampler from noise at t = 1 to a latent at t = 0. [B, L] -> [B, L]. The result is z_0: divide by alpha_0
 * before decoding. Frees all that the steps make, and leaves `noise` alone.
 */
export function denoise<State extends tf.TensorContainer>(
  sampler: Sampler<State>,
  noise: tf.Tensor2D,
  diffusion: Diffusion,
  rng: Rng,
): tf.Tensor2D {
  const recorder = loopRecorder();
  if (recorder && sampler.asLoop) return denoiseAsLoop(recorder, sampler.asLoop, noise, diffusion.inTensors!);
  let reached: Reached<State> = tf.tidy(() => ({ latent: tf.clone(noise), t: 1, state: sampler.init(diffusion) }));
  while (reached.t > 0) {
    const from = reached;
    reached = tf.tidy(STEP_SCOPE, () => sampler.step(from, diffusion, rng) as Reached<State> & tf.TensorContainer);
    disposeReplaced(from, reached);
  }
  disposeReplaced(reached, reached.latent);
  return reached.latent;
}

// A step may hand on a tensor that it was given, e.g. an entry of its history.
function disposeReplaced(old: object, kept: object): void {
  const keep = new Set(tensorsIn(kept));
  for (const tensor of tensorsIn(old)) if (!keep.has(tensor)) tensor.dispose();
}

const tensorsIn = (values: object): tf.Tensor[] => tf.tensor_util.getTensorsInContainer(values as tf.TensorContainer);

/** The current backend, if it records loops. */
function loopRecorder(): LoopRecorder | undefined {
  const backend = tf.backend() as Partial<LoopRecorder>;
  return backend.recordLoop ? (backend as LoopRecorder) : undefined;
}

/** `denoise` as a recorded loop. A latent that is not at t = 0 after the last step is not a number. */
function denoiseAsLoop(
  recorder: LoopRecorder,
  loop: SamplerLoop,
  noise: tf.Tensor2D,
  diffusion: TensorDiffusion,
): tf.Tensor2D {
  const first = loop.init(noise, diffusion);
  const last = recorder.recordLoop([first.latent, first.t, ...first.state], loop.maxSteps, (given) => {
    const [latent, t, ...state] = given as [tf.Tensor2D, tf.Scalar, ...tf.Tensor[]];
    const next = loop.step({ latent, t, state }, diffusion);
    return { goesOn: tf.greater(next.t, 0), next: [next.latent, next.t, ...next.state] };
  });
  const [latent, t] = last as readonly [tf.Tensor2D, tf.Scalar];
  return tf.where(tf.greater(t, 0), Number.NaN, latent) as tf.Tensor2D;
}

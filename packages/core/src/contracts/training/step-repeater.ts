import type { Tensor } from '@tensorflow/tfjs-core';
import type { Rng } from '../../rng.js';

/** What a computation depends on, beside the model's variables. */
export interface StepInputs {
  /** Whose computation it is, e.g. a training stage: for one, the same shapes mean the same computation. */
  readonly of: object;
  readonly tensors: readonly Tensor[];
  /** Its random numbers. */
  readonly rng: Rng;
}

/**
 * Repeats computations of tensors without the JavaScript that first asked for them: the same kernels on other numbers,
 * with the same bits as if it were run again. It records what is computed, twice for each set of shapes, and repeats it
 * if both were alike. What cannot be repeated so is never said to be known: a computation that reads numbers back, that
 * draws random numbers by which JavaScript may choose, or that leaves tensors behind.
 */
export interface StepRepeater {
  /** Does it again; undefined if it is not known. */
  repeat(inputs: StepInputs): RepeatedStep | undefined;
  /** Watches what is computed until `end` or `cancel`; undefined if it would be in vain. */
  record(inputs: StepInputs): StepRecording | undefined;
}

/** A computation while it is recorded. */
export interface StepRecording {
  /** It is complete. `note` is given back with each repetition. */
  end(outputs: readonly Tensor[], note: object): void;
  /** It failed, or must not be repeated. */
  cancel(): void;
}

/** A computation that was repeated. */
export interface RepeatedStep {
  readonly note: object;
  /** Waits for the values of the outputs, in their order; nobody else looks at them until `release`. */
  values(): readonly Float32Array[];
  /** Gives their memory back. */
  release(): void;
}

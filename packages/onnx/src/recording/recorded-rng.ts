import * as tf from '@tensorflow/tfjs-core';
import { Rng, UserError } from '@unfold-zoo/core';
import type { GraphValue } from '../graph/graph.js';
import type { RecordingBackend } from './recording-backend.js';

/**
 * Randomness as inputs of a graph: each tensor that is drawn is the next columns of an input with a row for each draw,
 * `noise` for standard normal numbers and `uniform` for numbers between 0 and 1.
 */
export class RecordedRng extends Rng {
  readonly #source: RandomInputs;

  constructor(source: RandomInputs) {
    super(0);
    this.#source = source;
    this.isRecording = true;
  }

  /** False while `Rng` itself is being made, which draws numbers. */
  protected isRecording = false;

  override fork(): RecordedRng {
    return new RecordedRng(this.#source);
  }

  override forShare(): RecordedRng {
    return this;
  }

  override bits(): number {
    if (!this.isRecording) return super.bits();
    throw new UserError(
      'invalid model: it draws single random numbers for all events together, which a graph cannot; let it draw a ' +
        'tensor with a row for each event',
    );
  }

  override uniformRows(): Float32Array {
    throw new UserError(
      'invalid model: it looks at random numbers to decide what to compute, and a graph cannot; let it draw a tensor ' +
        'with a row for each event',
    );
  }

  override normalTensor(_rows: number, columns: number): tf.Tensor2D {
    return this.#source.columns('noise', columns);
  }

  override uniformTensor(rows: number): tf.Tensor1D {
    return tf.reshape(this.#source.columns('uniform', 1), [rows]);
  }
}

/** The random numbers that go into a graph, as many as are asked for. */
export class RandomInputs {
  readonly #backend: RecordingBackend;
  readonly #inputs = new Map<string, { readonly value: GraphValue; width: number }>();

  constructor(backend: RecordingBackend) {
    this.#backend = backend;
  }

  /** [rows, columns] that nobody has had yet. */
  columns(name: 'noise' | 'uniform', columns: number): tf.Tensor2D {
    const { recorder } = this.#backend;
    const input = this.#inputs.get(name) ?? { value: recorder.input(name, this.#shape(1)), width: 0 };
    this.#inputs.set(name, input);
    const [first, last] = [input.width, input.width + columns];
    input.width = last;
    const range = [recorder.integers([first]), recorder.integers([last]), recorder.integers([1])];
    const value = recorder.node('Slice', [input.value, ...range], this.#shape(columns));
    return tf.engine().makeTensorFromTensorInfo(this.#backend.tensorOf(value)) as tf.Tensor2D;
  }

  /** Gives the inputs their widths, once all is recorded. */
  finish(): void {
    for (const { value, width } of this.#inputs.values())
      this.#backend.recorder.reshapeInput(value, this.#shape(width).shape);
  }

  #shape(columns: number): { readonly type: 'float'; readonly shape: readonly number[] } {
    return { type: 'float', shape: [this.#backend.recorder.batch, columns] };
  }
}

import * as tf from '@tensorflow/tfjs-core';
import { Module, type Parameter } from '@unfold-zoo/core';

/**
 * A network as it was when the stage began that trains it further: its weights then, which are kept in checkpoints and
 * stay as they are.
 */
export class Teacher extends Module {
  readonly weights: readonly Parameter[];
  readonly #student: readonly Parameter[];

  constructor(student: readonly Parameter[]) {
    super();
    this.#student = student;
    this.weights = student.map(({ shape }) => tf.variable(tf.zeros(shape), false));
  }

  /** Runs `work` with these weights in the network. No gradient may be asked for. */
  lecture<T>(work: () => T): T {
    // Clones share their memory: nothing is copied.
    const own = this.#student.map((parameter) => parameter.clone());
    this.#assign(this.weights);
    try {
      return work();
    } finally {
      this.#assign(own);
      tf.dispose(own);
    }
  }

  #assign(values: readonly tf.Tensor[]): void {
    for (const [i, parameter] of this.#student.entries()) parameter.assign(values[i]!);
  }
}

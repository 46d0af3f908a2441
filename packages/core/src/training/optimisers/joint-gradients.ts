import type { Communicator } from '../../contracts/training/communicator.js';

/** The gradients of a stage next to each other in memory, so that workers add them up as one array. */
export class JointGradients {
  readonly #all: Float32Array;
  readonly #each: readonly Float32Array[];

  /** Room for arrays of these lengths. */
  constructor(lengths: readonly number[]) {
    this.#all = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
    let end = 0;
    this.#each = lengths.map((length) => {
      end += length;
      return this.#all.subarray(end - length, end);
    });
  }

  /** Takes copies. */
  fill(gradients: readonly Float32Array[]): void {
    for (const [i, gradient] of gradients.entries()) this.#each[i]!.set(gradient);
  }

  /** Adds up what all workers have, and returns the sum of each gradient: until the next `fill`. */
  async sum(communicator: Communicator, during: string): Promise<readonly Float32Array[]> {
    await communicator.allReduceSum(this.#all, during);
    return this.#each;
  }
}

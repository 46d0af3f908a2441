import type { HostArithmetic } from '../../contracts/training/host-arithmetic.js';
import type { Optimiser, OptimiserStep } from '../../contracts/training/optimiser.js';
import type { HostTensor } from '../../files/safetensors.js';

/** An optimiser with what it remembers of the weights of one parameter group. */
export class OptimiserMemory {
  readonly #optimiser: Optimiser;
  readonly #moments: Readonly<Record<string, readonly Float32Array[]>>;
  #steps = 0;

  /** For weights of these lengths, before the first update. */
  constructor(optimiser: Optimiser, sizes: readonly number[]) {
    this.#optimiser = optimiser;
    const zeros = optimiser.moments.map((name) => [name, sizes.map((size) => new Float32Array(size))]);
    this.#moments = Object.fromEntries(zeros);
  }

  /** Updates made so far. */
  get steps(): number {
    return this.#steps;
  }

  /** One update of the weights, in place. */
  update(step: Omit<OptimiserStep, 'step' | 'moments'>, arithmetic: HostArithmetic): void {
    this.#steps++;
    this.#optimiser.update({ ...step, step: this.#steps, moments: this.#moments }, arithmetic);
  }

  /** What is remembered of parameters of these names, each named `moment.parameter`. */
  *tensors(names: readonly string[]): Generator<[string, HostTensor]> {
    for (const [p, name] of names.entries()) {
      for (const [moment, arrays] of Object.entries(this.#moments)) {
        const values = arrays[p]!;
        yield [`${moment}.${name}`, { shape: [values.length], values }];
      }
    }
  }

  /** Takes them back from a checkpoint. The caller has checked that every name is there with its size. */
  restore(names: readonly string[], tensors: ReadonlyMap<string, HostTensor>, steps: number): void {
    for (const [p, name] of names.entries()) {
      for (const [moment, arrays] of Object.entries(this.#moments)) {
        arrays[p]!.set(tensors.get(`${moment}.${name}`)!.values);
      }
    }
    this.#steps = steps;
  }
}

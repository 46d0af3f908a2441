import type { HostTensor } from '../safetensors.js';
import { hostKernel } from './host-kernel.js';

/** Options of Adam as Kingma and Ba (2015) name them. */
export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** First and second moments of the gradient of one parameter. */
interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/**
 * Adam with clipping by the joint L2 norm, on host arrays.
 *
 * On the host because the gradients have to be there anyway, to be checked, measured and averaged over workers, and
 * because ten small kernels for each of hundreds of parameters cost more than the arithmetic.
 * Arithmetic in float64, storage in float32; in float32 on an engine that has `UnfoldAdam`.
 */
export class Adam {
  readonly #options: AdamOptions;
  readonly #moments: readonly Moments[];
  #steps = 0;

  constructor(sizes: readonly number[], options: AdamOptions) {
    this.#options = options;
    this.#moments = sizes.map((size) => ({ first: new Float32Array(size), second: new Float32Array(size) }));
  }

  /** Updates `weights` in place with gradients scaled by `scale` (see `clipScale`). */
  update(
    weights: readonly Float32Array[],
    gradients: readonly Float32Array[],
    { learningRate, scale }: { readonly learningRate: number; readonly scale: number },
  ): void {
    const { beta1, beta2, epsilon } = this.#options;
    this.#steps++;
    const rate = learningRate / (1 - beta1 ** this.#steps);
    const secondScale = 1 / (1 - beta2 ** this.#steps);
    const native = hostKernel('UnfoldAdam');
    for (const [p, { first, second }] of this.#moments.entries()) {
      const weight = weights[p]!;
      const gradient = gradients[p]!;
      if (native) {
        native({ beta1, beta2, epsilon, rate, secondScale, scale, gradient, weight, first, second });
        continue;
      }
      for (let i = 0; i < weight.length; i++) {
        const g = gradient[i]! * scale;
        const m = beta1 * first[i]! + (1 - beta1) * g;
        const v = beta2 * second[i]! + (1 - beta2) * g * g;
        first[i] = m;
        second[i] = v;
        weight[i]! -= (rate * m) / (Math.sqrt(v * secondScale) + epsilon);
      }
    }
  }

  /** The moments as named tensors, in the order and shapes of the parameters. */
  *state(names: readonly string[]): Generator<[string, HostTensor]> {
    for (const [p, { first, second }] of this.#moments.entries()) {
      yield [`first.${names[p]}`, { shape: [first.length], values: first }];
      yield [`second.${names[p]}`, { shape: [second.length], values: second }];
    }
  }

  get steps(): number {
    return this.#steps;
  }

  /** Takes moments back from a checkpoint. The caller has checked that every name is there with its size. */
  restore(names: readonly string[], tensors: ReadonlyMap<string, HostTensor>, steps: number): void {
    for (const [p, { first, second }] of this.#moments.entries()) {
      first.set(tensors.get(`first.${names[p]}`)!.values);
      second.set(tensors.get(`second.${names[p]}`)!.values);
    }
    this.#steps = steps;
  }
}

/** L2 norm over all gradients together. */
export function globalNorm(gradients: readonly Float32Array[]): number {
  return Math.sqrt(gradients.reduce((sum, gradient) => sum + sumOfSquares(gradient), 0));
}

function sumOfSquares(values: Float32Array): number {
  const native = hostKernel('UnfoldSumOfSquares');
  if (native) {
    const result = { sum: 0 };
    native({ values, result });
    return result.sum;
  }
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** The factor that brings a norm down to `limit`, as torch.nn.utils.clip_grad_norm_ has it. */
export function clipScale(norm: number, limit: number): number {
  return Math.min(1, limit / (norm + 1e-6));
}

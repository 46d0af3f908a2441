import type { HostTensor } from '../files/safetensors.js';
import { hostKernel } from './host-kernel.js';

/** Options of Adam as Kingma and Ba (2015) name them. */
export interface AdamOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
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
  /** First and second moments of the gradient of each parameter. */
  readonly #first: readonly Float32Array[];
  readonly #second: readonly Float32Array[];
  #steps = 0;

  constructor(sizes: readonly number[], options: AdamOptions) {
    this.#options = options;
    this.#first = sizes.map((size) => new Float32Array(size));
    this.#second = sizes.map((size) => new Float32Array(size));
  }

  /** Updates `weights` in place with gradients scaled by `scale` (see `clipScale`). */
  update(
    weights: readonly Float32Array[],
    gradients: readonly Float32Array[],
    { learningRate, scale }: { readonly learningRate: number; readonly scale: number },
  ): void {
    const { beta1, beta2 } = this.#options;
    this.#steps++;
    const step = {
      ...this.#options,
      rate: learningRate / (1 - beta1 ** this.#steps),
      secondScale: 1 / (1 - beta2 ** this.#steps),
      scale,
    };
    const [first, second] = [this.#first, this.#second];
    const native = hostKernel('UnfoldAdam');
    if (native) {
      native({ ...step, gradients, weights, first, second });
      return;
    }
    for (const [p, weight] of weights.entries()) updateOne(step, weight, gradients[p]!, first[p]!, second[p]!);
  }

  /** The moments as named tensors, in the order and shapes of the parameters. */
  *state(names: readonly string[]): Generator<[string, HostTensor]> {
    for (const [p, name] of names.entries()) {
      const [first, second] = [this.#first[p]!, this.#second[p]!];
      yield [`first.${name}`, { shape: [first.length], values: first }];
      yield [`second.${name}`, { shape: [second.length], values: second }];
    }
  }

  get steps(): number {
    return this.#steps;
  }

  /** Takes moments back from a checkpoint. The caller has checked that every name is there with its size. */
  restore(names: readonly string[], tensors: ReadonlyMap<string, HostTensor>, steps: number): void {
    for (const [p, name] of names.entries()) {
      this.#first[p]!.set(tensors.get(`first.${name}`)!.values);
      this.#second[p]!.set(tensors.get(`second.${name}`)!.values);
    }
    this.#steps = steps;
  }
}

interface Step extends AdamOptions {
  readonly rate: number;
  readonly secondScale: number;
  readonly scale: number;
}

function updateOne(
  { beta1, beta2, epsilon, rate, secondScale, scale }: Step,
  weight: Float32Array,
  gradient: Float32Array,
  first: Float32Array,
  second: Float32Array,
): void {
  for (let i = 0; i < weight.length; i++) {
    const g = gradient[i]! * scale;
    const m = beta1 * first[i]! + (1 - beta1) * g;
    const v = beta2 * second[i]! + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    weight[i]! -= (rate * m) / (Math.sqrt(v * secondScale) + epsilon);
  }
}

/** L2 norm over all gradients together. */
export function globalNorm(gradients: readonly Float32Array[]): number {
  const native = hostKernel('UnfoldSumOfSquares');
  if (!native) return Math.sqrt(gradients.reduce((sum, gradient) => sum + sumOfSquares(gradient), 0));
  const result = { sum: 0 };
  native({ arrays: gradients, result });
  return Math.sqrt(result.sum);
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

/** The factor that brings a norm down to `limit`, as torch.nn.utils.clip_grad_norm_ has it. */
export function clipScale(norm: number, limit: number): number {
  return Math.min(1, limit / (norm + 1e-6));
}

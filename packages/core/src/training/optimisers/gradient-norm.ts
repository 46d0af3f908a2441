import type { HostArithmetic } from '../../contracts/training/host-arithmetic.js';
import { javaScriptArithmetic } from './javascript-arithmetic.js';

/** L2 norm over all gradients together. */
export function globalNorm(
  gradients: readonly Float32Array[],
  arithmetic: HostArithmetic = javaScriptArithmetic,
): number {
  return Math.sqrt(arithmetic.sumOfSquares(gradients));
}

/** The factor that brings a norm down to `limit`, as torch.nn.utils.clip_grad_norm_ has it. */
export function clipScale(norm: number, limit: number): number {
  return Math.min(1, limit / (norm + 1e-6));
}

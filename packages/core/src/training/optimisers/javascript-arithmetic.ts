import type { AdamStep, HostArithmetic } from '../../contracts/training/host-arithmetic.js';

/** Host arithmetic in JavaScript, for every engine that brings none of its own: float64, stored as float32. */
export const javaScriptArithmetic: HostArithmetic = {
  adam(step) {
    for (const p of step.weights.keys()) adamOf(step, p);
  },
  sumOfSquares: (arrays) => arrays.reduce((sum, values) => sum + sumOfSquares(values), 0),
  movingAverage(rate, weights, averages) {
    for (const [p, average] of averages.entries()) {
      const weight = weights[p]!;
      for (let i = 0; i < average.length; i++) average[i]! += rate * (weight[i]! - average[i]!);
    }
  },
};

/** The step of one parameter. */
function adamOf({ beta1, beta2, epsilon, rate, secondScale, scale, ...arrays }: AdamStep, parameter: number): void {
  const [weight, gradient] = [arrays.weights[parameter]!, arrays.gradients[parameter]!];
  const [first, second] = [arrays.first[parameter]!, arrays.second[parameter]!];
  for (let i = 0; i < weight.length; i++) {
    const g = gradient[i]! * scale;
    const m = beta1 * first[i]! + (1 - beta1) * g;
    const v = beta2 * second[i]! + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    weight[i]! -= (rate * m) / (Math.sqrt(v * secondScale) + epsilon);
  }
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}

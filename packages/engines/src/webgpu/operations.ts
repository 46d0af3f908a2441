/**
 * Kernels of tfjs that work number by number, each as WGSL writes it. Those of which tfjs's programs say what comes of
 * NaN, such as `Maximum`, are not among them: WGSL leaves it open.
 */
export const OPERATIONS: Readonly<Record<string, (operands: readonly string[]) => string>> = {
  Add: ([a, b]) => `${a} + ${b}`,
  Sub: ([a, b]) => `${a} - ${b}`,
  Multiply: ([a, b]) => `${a} * ${b}`,
  RealDiv: ([a, b]) => `${a} / ${b}`,
  SquaredDifference: ([a, b]) => `(${a} - ${b}) * (${a} - ${b})`,
  Neg: ([a]) => `-${a}`,
  Square: ([a]) => `${a} * ${a}`,
  Reciprocal: ([a]) => `1.0 / ${a}`,
  Abs: ([a]) => `abs(${a})`,
  Exp: ([a]) => `exp(${a})`,
  Sqrt: ([a]) => `sqrt(${a})`,
  Rsqrt: ([a]) => `inverseSqrt(${a})`,
  Sigmoid: ([a]) => `1.0 / (1.0 + exp(-${a}))`,
  Tanh: ([a]) => `sign(${a}) * (1.0 - exp(-2.0 * abs(${a}))) / (1.0 + exp(-2.0 * abs(${a})))`,
  Expm1: ([a]) => `exp(${a}) - 1.0`,
  Sin: ([a]) => `sin(${a})`,
  Cos: ([a]) => `cos(${a})`,
};

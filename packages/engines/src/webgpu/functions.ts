/**
 * Functions of WGSL that stay finite for large arguments, where a driver may compute as if there were no infinity: the
 * logistic function, the hyperbolic tangent, and the exact GELU with its slope. The error function is that of
 * Abramowitz and Stegun 7.1.26, as in tfjs, right to 1.5e-7.
 */
export const FUNCTIONS = `
fn sigmoid(x: f32) -> f32 {
  let small = exp(-abs(x));
  return select(small, 1.0, x >= 0.0) / (1.0 + small);
}
fn hyperbolicTangent(x: f32) -> f32 {
  let small = exp(-2.0 * abs(x));
  return sign(x) * (1.0 - small) / (1.0 + small);
}
fn normalDistribution(x: f32) -> f32 {
  let size = min(abs(x) * ${Math.SQRT1_2}, 12.0);
  let t = 1.0 / (1.0 + 0.3275911 * size);
  let tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let beyond = 0.5 * tail * exp(-size * size);
  return select(beyond, 1.0 - beyond, x >= 0.0);
}
fn gelu(x: f32) -> f32 {
  return x * normalDistribution(x);
}
fn geluSlope(x: f32) -> f32 {
  let size = min(abs(x), 17.0);
  return normalDistribution(x) + x * exp(-0.5 * size * size) * ${1 / Math.sqrt(2 * Math.PI)};
}
`;

/** The largest difference, in units of the largest expected value. NaN and infinity must be in the same places. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let scale = 0;
  for (const [i, value] of expected.entries()) {
    const got = actual[i]!;
    if (Object.is(got, value) || got === value) {
      if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
      continue;
    }
    if (!Number.isFinite(value) || !Number.isFinite(got)) return Number.POSITIVE_INFINITY;
    difference = Math.max(difference, Math.abs(got - value));
    scale = Math.max(scale, Math.abs(value));
  }
  return difference === 0 ? 0 : difference / Math.max(scale, 1e-30);
}

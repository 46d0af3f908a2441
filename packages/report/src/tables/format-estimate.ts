import type { Estimate } from '@unfold-zoo/metrics';

/** Two digits of the error, and between two and four decimals: `108.76 ± 0.42`. */
export function formatEstimate({ value, error }: Estimate): string {
  if (error === undefined) return value.toFixed(Math.abs(value) < 1 ? 4 : 2);
  const digits = error > 0 ? 1 - Math.floor(Math.log10(error)) : 2;
  const decimals = Math.min(Math.max(digits, 2), 4);
  return `${value.toFixed(decimals)} ± ${error.toFixed(decimals)}`;
}

/** A probability as tables print it. */
export function probabilityText(probability: number): string {
  if (probability < 1e-6) return '< 1e-6';
  return probability < 0.001 ? probability.toExponential(0) : probability.toFixed(3);
}

/** A number and its standard error, to the second digit of the error. */
export function withError(value: number, error: number): string {
  const digits = error > 0 ? Math.min(Math.max(1 - Math.floor(Math.log10(error)), 0), 6) : 3;
  return `${value.toFixed(digits)} ± ${error.toFixed(digits)}`;
}

/** A column of a table with the numbers of a model. */
export function modelColumns(...labels: readonly string[]) {
  return labels.map((label) => ({ label, origin: 'model' as const }));
}

/** A share in percent as tables print it. */
export function percentText(share: number): string {
  const percent = 100 * share;
  if (percent >= 1e6) return '> 1e6 %';
  const digits = Math.abs(percent) >= 10 ? 1 : Math.abs(percent) >= 1 ? 2 : 3;
  return percent === 0 ? '0 %' : `${percent.toFixed(digits)} %`;
}

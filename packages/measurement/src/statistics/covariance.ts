/** [bins][bins] sample covariance of replicas [replicas][bins], over one less than their number. */
export function sampleCovariance(replicas: readonly (readonly number[])[]): number[][] {
  const count = replicas.length;
  const bins = replicas[0]?.length ?? 0;
  const mean = Array.from({ length: bins }, (_, i) => replicas.reduce((sum, each) => sum + each[i]!, 0) / count);
  const deviations = replicas.map((each) => each.map((value, i) => value - mean[i]!));
  return mean.map((_, i) =>
    mean.map((_, j) => deviations.reduce((sum, each) => sum + each[i]! * each[j]!, 0) / (count - 1)),
  );
}

/** [bins][bins] correlation coefficients; 0 for bins without variance. */
export function correlations(covariance: readonly (readonly number[])[]): number[][] {
  return covariance.map((row, i) =>
    row.map((value, j) => {
      const product = covariance[i]![i]! * covariance[j]![j]!;
      return product > 0 ? value / Math.sqrt(product) : 0;
    }),
  );
}

/** The covariance of independent numbers with these variances, e.g. of Poisson counts, which are their own. */
export function diagonal(variances: ArrayLike<number>): number[][] {
  const all = Array.from(variances);
  return all.map((variance, i) => all.map((_, j) => (i === j ? variance : 0)));
}

/** The sum of two matrices. */
export function addMatrices(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  return a.map((row, i) => row.map((value, j) => value + b[i]![j]!));
}

import type { DistanceReport, DistanceTable, Estimate } from '@unfold-zoo/metrics';

/**
 * The mean of the distances of several trainings of one model. Its variance is the mean bootstrap variance, which the
 * trainings share since they unfold the same events, and that of the mean over the trainings: b^2 + s^2 / n.
 */
export function averageSeeds(reports: readonly DistanceReport[]): DistanceReport {
  const [first] = reports;
  if (reports.length === 1) return first!;
  const tables = reports.map(({ distances }) => distances);
  return { ...first!, distances: averageTables(tables) };
}

function averageTables(tables: readonly DistanceTable[]): DistanceTable {
  const over = (estimate: (table: DistanceTable) => Estimate): Estimate => averageEstimates(tables.map(estimate));
  const { cells, particles, components, totals } = tables[0]!;
  return {
    cells: cells.map((ofMetric, m) =>
      ofMetric.map((ofParticle, p) => ofParticle.map((_, q) => over((table) => table.cells[m]![p]![q]!))),
    ),
    particles: particles.map((row, m) => row.map((_, p) => over((table) => table.particles[m]![p]!))),
    components: components.map((row, m) => row.map((_, q) => over((table) => table.components[m]![q]!))),
    totals: totals.map((_, m) => over((table) => table.totals[m]!)),
  };
}

function averageEstimates(estimates: readonly Estimate[]): Estimate {
  const n = estimates.length;
  const mean = (value: (estimate: Estimate) => number): number =>
    estimates.reduce((sum, each) => sum + value(each), 0) / n;
  const value = mean((each) => each.value);
  const bootstrap = mean(({ error = 0 }) => error ** 2);
  const scatter = (mean((each) => (each.value - value) ** 2) * n) / (n - 1);
  return { value, error: Math.sqrt(bootstrap + scatter / n) };
}

import { UserError } from '@unfold-zoo/core';
import { spread } from '../bootstrap/replicas.js';
import type { DistanceReport, DistanceTable, Estimate } from './distance-report.js';

/** The distances of one training of a model. */
export interface SeedDistances {
  readonly seed: number;
  readonly report: DistanceReport;
}

/** The distances of one model, as a table calls it; `report` is the mean over `seeds` where there are several. */
export interface ModelDistances {
  readonly label: string;
  readonly report: DistanceReport;
  readonly seeds?: readonly SeedDistances[];
}

/**
 * Several trainings of a model as one: every distance is the mean over seeds, its error sqrt(bootstrap^2 + spread^2 /
 * n). The bootstrap error of the mean is the mean of the seeds' errors, as if they moved together: all seeds unfold the
 * same events, so they nearly do, and the error is never too small. The spread is the standard deviation over n seeds.
 * @throws UserError for no seeds, or reports with other metrics, quantities or particles.
 */
export function meanOverSeeds(label: string, seeds: readonly SeedDistances[]): ModelDistances {
  const [first] = seeds;
  if (!first) throw new UserError(`missing seeds of ${label}: a mean needs at least one`);
  checkSameLayout(seeds.map(({ seed, report }) => ({ label: `${label}, seed ${seed}`, report })));
  const report = { ...first.report, distances: meanTable(seeds.map(({ report }) => report.distances)) };
  return { label, report, seeds };
}

/**
 * Refuses models that cannot stand in one table.
 * @throws UserError unless all have the metrics, quantities and particles of the first.
 */
export function checkSameLayout(models: readonly { readonly label: string; readonly report: DistanceReport }[]): void {
  const layout = ({ metrics, quantities, particles }: DistanceReport): string =>
    JSON.stringify([metrics, quantities, particles.map(({ name }) => name)]);
  const other = models.find(({ report }) => layout(report) !== layout(models[0]!.report));
  if (other)
    throw new UserError(
      `invalid distances of ${other.label}: expected the metrics, quantities and particles of ${models[0]!.label}`,
    );
}

function meanTable(tables: readonly DistanceTable[]): DistanceTable {
  const means = (lists: readonly (readonly Estimate[])[]): Estimate[] =>
    lists[0]!.map((_, i) => meanEstimate(lists.map((list) => list[i]!)));
  const nested = (pick: (table: DistanceTable) => readonly (readonly Estimate[])[]): Estimate[][] =>
    pick(tables[0]!).map((_, i) => means(tables.map((table) => pick(table)[i]!)));
  return {
    cells: tables[0]!.cells.map((_, m) => nested((table) => table.cells[m]!)),
    particles: nested((table) => table.particles),
    components: nested((table) => table.components),
    totals: means(tables.map(({ totals }) => totals)),
    totalReplicas: meanReplicas(tables),
  };
}

function meanEstimate(estimates: readonly Estimate[]): Estimate {
  const value = mean(estimates.map(({ value }) => value));
  const errors = estimates.flatMap(({ error }) => error ?? []);
  const ofSeeds = errorOfMean(estimates.map(({ value }) => value));
  if (errors.length < estimates.length) return estimates.length > 1 ? { value, error: ofSeeds } : { value };
  return { value, error: Math.hypot(mean(errors), ofSeeds) };
}

/** spread / sqrt(n), and zero for a single value, whose spread nobody knows. */
export function errorOfMean(values: readonly number[]): number {
  return values.length > 1 ? spread(values) / Math.sqrt(values.length) : 0;
}

/** Replica r of the mean is the mean of the seeds' replicas r, for the events that they share. */
function meanReplicas(tables: readonly DistanceTable[]): number[][] {
  return tables[0]!.totalReplicas.map((replicas, metric) =>
    replicas.map((_, r) => mean(tables.map(({ totalReplicas }) => totalReplicas[metric]?.[r] ?? Number.NaN))),
  );
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

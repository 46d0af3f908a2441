import { KINEMATIC_QUANTITIES } from '@unfold-zoo/core/events';
import { numberOrNull } from '@unfold-zoo/core/files';
import { z } from 'zod';
import type { DistanceReport, DistanceTable } from './distance-report.js';

const estimate = z.object({ value: numberOrNull, error: numberOrNull.exactOptional() });

const table = z.object({
  cells: z.array(z.array(z.array(estimate))),
  particles: z.array(z.array(estimate)),
  components: z.array(z.array(estimate)),
  totals: z.array(estimate),
  totalReplicas: z.array(z.array(numberOrNull)),
});

const count = z.int().min(0);

const report = z.object({
  topology: z.string(),
  particles: z.array(z.object({ name: z.string(), label: z.string() })),
  quantities: z.array(z.enum(KINEMATIC_QUANTITIES)),
  metrics: z.array(z.string()),
  events: z.object({ truth: count, predicted: count, floor: count.exactOptional() }),
  bootstrap: z.object({ replicas: count, pairing: z.enum(['paired', 'independent']) }),
  distances: table,
  floor: table.exactOptional(),
});

/** A report as JSON has it: its tables have a distance for each metric, particle and quantity that it names. */
export const distanceReportSchema: z.ZodType<DistanceReport> = report.refine(
  ({ distances, floor, ...of }) => [distances, ...(floor ? [floor] : [])].every((each) => hasLayoutOf(of, each)),
  { error: 'the tables of distances do not have the metrics, particles and quantities that the report names' },
);

type Layout = Pick<DistanceReport, 'particles' | 'quantities' | 'metrics' | 'bootstrap'>;

function hasLayoutOf({ particles, quantities, metrics, bootstrap }: Layout, table: DistanceTable): boolean {
  const [M, P, Q] = [metrics.length, particles.length, quantities.length];
  const { cells, particles: sums, components, totals, totalReplicas } = table;
  return (
    hasLengths(cells, M, P) &&
    cells.every((each) => hasLengths(each, P, Q)) &&
    hasLengths(sums, M, P) &&
    hasLengths(components, M, Q) &&
    totals.length === M &&
    hasLengths(totalReplicas, M, bootstrap.replicas)
  );
}

function hasLengths(lists: readonly (readonly unknown[])[], outer: number, inner: number): boolean {
  return lists.length === outer && lists.every(({ length }) => length === inner);
}

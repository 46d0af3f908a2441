import type { Findings } from '@unfold-zoo/core/findings';
import type { Estimate, ModelDistances } from '@unfold-zoo/metrics';
import { csvLine } from './csv-line.js';
import {
  arePublished,
  PUBLISHED_COMPONENTS,
  PUBLISHED_MODELS,
  PUBLISHED_PARTICLES,
  PUBLISHED_SOURCE,
  PUBLISHED_TEST_EVENTS,
  PUBLISHED_TOTALS,
  type PublishedRow,
} from './published-values.js';

/**
 * Every number as comma-separated values, one a line: model, seed, particle, quantity, metric, value, error. `all`
 * stands for a sum over particles or quantities; the floor's model is `floor`, the published ones' `VLD (paper)` and so
 * on. A model with several seeds has a line for each and one whose seed is `mean`; that of any other is empty.
 * Particles other than the paper's have no published lines. A name that a spreadsheet would take for a formula begins
 * with an apostrophe.
 */
export function distancesCsv(models: readonly ModelDistances[]): string {
  const lines = ['model,seed,particle,quantity,metric,value,error'];
  const add: AddLine = ([model, seed], [particle, quantity, metric], { value, error }) => {
    lines.push(csvLine([model, seed, particle, quantity, metric, value, error ?? '']));
  };
  const floor = models.find(({ report }) => report.floor)?.report;
  const ours = models.flatMap(({ label, report, seeds = [] }) => [
    { of: [label, seeds.length > 0 ? 'mean' : ''] as const, report, table: report.distances },
    ...seeds.map(({ seed, report }) => ({ of: [label, `${seed}`] as const, report, table: report.distances })),
  ]);
  if (floor) ours.push({ of: ['floor', ''], report: floor, table: floor.floor! });
  for (const { of, report, table } of ours)
    for (const [m, metric] of report.metrics.entries()) {
      for (const [p, { name }] of report.particles.entries()) {
        for (const [q, quantity] of report.quantities.entries())
          add(of, [name, quantity, metric], table.cells[m]![p]![q]!);
        add(of, [name, 'all', metric], table.particles[m]![p]!);
      }
      for (const [q, quantity] of report.quantities.entries())
        add(of, ['all', quantity, metric], table.components[m]![q]!);
      add(of, ['all', 'all', metric], table.totals[m]!);
    }
  if (arePublished(models[0]?.report.particles ?? [])) addPublished(add);
  return `${lines.join('\n')}\n`;
}

type AddLine = (
  of: readonly [model: string, seed: string],
  where: readonly [particle: string, quantity: string, metric: string],
  estimate: Pick<Estimate, 'value' | 'error'>,
) => void;

function addPublished(add: AddLine): void {
  const published = (particle: string, quantity: string, metric: string, row: PublishedRow): void => {
    for (const [i, model] of PUBLISHED_MODELS.entries())
      add([`${model} (paper)`, ''], [particle, quantity, metric], { value: row[i]! });
  };
  for (const [metric, rows] of Object.entries(PUBLISHED_PARTICLES))
    for (const [particle, row] of Object.entries(rows)) published(particle, 'all', metric, row);
  for (const [metric, rows] of Object.entries(PUBLISHED_COMPONENTS))
    for (const [quantity, row] of Object.entries(rows)) published('all', quantity, metric, row);
  for (const [metric, row] of Object.entries(PUBLISHED_TOTALS)) published('all', 'all', metric, row);
}

/**
 * Every number as JSON: our reports, each seed's too where there are several, for its own particles the paper's values
 * with their source, and the tables and verdicts of evaluators where there are any.
 */
export function distancesJson(
  models: readonly ModelDistances[],
  { tables, verdicts = [] }: Findings = { tables: [] },
): string {
  const published = {
    source: PUBLISHED_SOURCE,
    testEvents: PUBLISHED_TEST_EVENTS,
    models: PUBLISHED_MODELS,
    totals: PUBLISHED_TOTALS,
    particles: PUBLISHED_PARTICLES,
    components: PUBLISHED_COMPONENTS,
  };
  const isTheirs = arePublished(models[0]?.report.particles ?? []);
  const content = {
    models,
    ...(isTheirs && { published }),
    ...(tables.length > 0 && { evaluations: tables }),
    ...(verdicts.length > 0 && { verdicts }),
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

import { UserError } from '@unfold-zoo/core';
import type { Table, TableOrigin } from '@unfold-zoo/core/findings';
import type { DistanceReport, DistanceTable, Estimate } from '@unfold-zoo/metrics';
import { checkSameLayout, type ModelDistances } from '@unfold-zoo/metrics';
import { bestOf } from './best-values.js';
import { formatEstimate } from './format-estimate.js';
import {
  arePublished,
  PUBLISHED_COMPONENTS,
  PUBLISHED_MODELS,
  PUBLISHED_PARTICLES,
  PUBLISHED_TEST_EVENTS,
  PUBLISHED_TOTALS,
  type PublishedModel,
  type PublishedRow,
} from './published-values.js';
import { DISTINGUISHABLE } from './ranking.js';

/** Which of the paper's models stand beside ours; all unless given. Only for the paper's own eleven particles. */
export interface TableOptions {
  readonly published?: readonly PublishedModel[];
}

/** The paper's Table 1: each metric summed over all particles and quantities. */
export function totalsTable(models: readonly ModelDistances[], options: TableOptions = {}): Table {
  const { report } = first(models);
  const floor = floorOf(models);
  const published = publishedModels(report, options);
  const row = (label: string, origin: TableOrigin, cells: readonly string[]) => ({ label, origin, cells });
  // [metric][model].
  const best = report.metrics.map((_, metric) => bestOf(models.map(({ report }) => report.distances.totals[metric]!)));
  return {
    title: 'Total distances',
    heading: 'Model',
    columns: report.metrics.map((label) => ({ label, origin: 'model' })),
    rows: [
      ...models.map(({ label, report }, model) => ({
        ...row(label, 'model', report.distances.totals.map(formatEstimate)),
        best: best.map((ofMetric) => ofMetric[model]!),
      })),
      ...(floor ? [row('Floor', 'floor', floor.totals.map(formatEstimate))] : []),
      ...published.map((model) =>
        row(
          `${model}†`,
          'paper',
          report.metrics.map((metric) => formatPublished(PUBLISHED_TOTALS[metric], model)),
        ),
      ),
    ],
    notes: [
      `Sums over ${report.particles.length} particles and ${report.quantities.length} quantities, in GeV and radians.`,
      ...notes(models, published, 'Table 1'),
    ],
  };
}

/** The paper's Tables 3 to 6: one metric by particle, summed over quantities. */
export function particleTable(models: readonly ModelDistances[], metric: string, options: TableOptions = {}): Table {
  const { report } = first(models);
  return breakdownTable(models, metric, options, {
    title: `${metric} by particle`,
    heading: 'Particle',
    labels: report.particles.map(({ label }) => label),
    estimates: (table, index) => table.particles[index]!,
    published: report.particles.map(({ name }) => PUBLISHED_PARTICLES[metric]?.[name]),
    source: tableNumber(PUBLISHED_PARTICLES, metric, 3),
  });
}

/** The paper's Tables 7 to 10: one metric by quantity, summed over particles. */
export function componentTable(models: readonly ModelDistances[], metric: string, options: TableOptions = {}): Table {
  const { report } = first(models);
  return breakdownTable(models, metric, options, {
    title: `${metric} by component`,
    heading: 'Component',
    labels: report.quantities,
    estimates: (table, index) => table.components[index]!,
    published: report.quantities.map((quantity) => PUBLISHED_COMPONENTS[metric]?.[quantity]),
    source: tableNumber(PUBLISHED_COMPONENTS, metric, 7),
  });
}

/**
 * Every table of the paper that the reports can fill: Table 1, then by particle and by component the four metrics
 * that the paper breaks down, and any that it does not know.
 */
export function paperTables(models: readonly ModelDistances[], options: TableOptions = {}): Table[] {
  const detailed = first(models).report.metrics.filter(
    (metric) => metric in PUBLISHED_PARTICLES || !(metric in PUBLISHED_TOTALS),
  );
  return [
    totalsTable(models, options),
    ...detailed.map((metric) => particleTable(models, metric, options)),
    ...detailed.map((metric) => componentTable(models, metric, options)),
  ];
}

interface Breakdown {
  readonly title: string;
  readonly heading: string;
  readonly labels: readonly string[];
  readonly estimates: (table: DistanceTable, metric: number) => readonly Estimate[];
  readonly published: readonly (PublishedRow | undefined)[];
  /** Where the published numbers stand; absent where there are none. */
  readonly source: string | undefined;
}

function breakdownTable(
  models: readonly ModelDistances[],
  metric: string,
  options: TableOptions,
  { title, heading, labels, estimates, published, source }: Breakdown,
): Table {
  const { report } = first(models);
  const index = report.metrics.indexOf(metric);
  if (index < 0) throw new UserError(`unknown metric: "${metric}"; expected one of ${report.metrics.join(', ')}`);
  const floor = floorOf(models);
  const paper = source === undefined ? [] : publishedModels(report, options);
  const ours = [...models.map(({ report }) => report.distances), ...(floor ? [floor] : [])];
  const columns = [
    ...models.map(({ label }) => ({ label, origin: 'model' as const })),
    ...(floor ? [{ label: 'Floor', origin: 'floor' as const }] : []),
    ...paper.map((model) => ({ label: `${model}†`, origin: 'paper' as const })),
  ];
  const bestAmong = (estimateOf: (table: DistanceTable) => Estimate): boolean[] => {
    const best = bestOf(models.map(({ report }) => estimateOf(report.distances)));
    return columns.map((_, i) => best[i] ?? false);
  };
  return {
    title,
    heading,
    columns,
    rows: [
      ...labels.map((label, row) => ({
        label,
        origin: 'model' as const,
        cells: [
          ...ours.map((table) => formatEstimate(estimates(table, index)[row]!)),
          ...paper.map((model) => formatPublished(published[row], model)),
        ],
        best: bestAmong((table) => estimates(table, index)[row]!),
      })),
      {
        label: 'Total',
        origin: 'sum' as const,
        cells: [
          ...ours.map((table) => formatEstimate(table.totals[index]!)),
          ...paper.map((model) => formatPublished(PUBLISHED_TOTALS[metric], model)),
        ],
        best: bestAmong((table) => table.totals[index]!),
      },
    ],
    notes: notes(models, paper, source ?? ''),
  };
}

function tableNumber(published: Readonly<Record<string, unknown>>, metric: string, start: number): string | undefined {
  const place = Object.keys(published).indexOf(metric);
  return place < 0 ? undefined : `Table ${start + place}`;
}

function first(models: readonly ModelDistances[]): ModelDistances {
  const [model] = models;
  if (!model) throw new UserError('missing models: a table needs the distances of at least one');
  checkSameLayout(models);
  return model;
}

function floorOf(models: readonly ModelDistances[]): DistanceTable | undefined {
  return models.find(({ report }) => report.floor)?.report.floor;
}

function publishedModels({ particles }: DistanceReport, { published }: TableOptions): readonly PublishedModel[] {
  return arePublished(particles) ? (published ?? PUBLISHED_MODELS) : [];
}

/** What a reader has to know to read a table. */
function notes(models: readonly ModelDistances[], published: readonly PublishedModel[], source: string): string[] {
  const { report } = first(models);
  const events = count(report.events.predicted);
  const list: string[] = [];
  if (report.bootstrap.replicas > 0)
    list.push(`± is one standard error from ${report.bootstrap.replicas} bootstrap replicas of the events.`);
  if (models.length > 1)
    list.push(
      `Bold: the best of our models, and those above it by no more than ${DISTINGUISHABLE} standard errors of the ` +
        'difference, as if their errors were independent.',
    );
  const seeds = Math.max(...models.map(({ seeds }) => seeds?.length ?? 1));
  if (seeds > 1) list.push(`Means over up to ${seeds} trainings with different seeds, whose spread is in the errors.`);
  const floorEvents = models.find(({ report }) => report.floor)?.report.events.floor;
  if (floorEvents !== undefined)
    list.push(
      `Floor: the truth against an independent truth sample of ${count(floorEvents)} events, so what chance alone ` +
        'amounts to; it falls as one over the root of that number, KL divergences as one over it. Predictions for ' +
        "the same events share some of the truth's chance, and may lie below.",
    );
  if (published.length > 0)
    list.push(
      `† ${source} of the paper, on the paper's own simulated data with ${count(PUBLISHED_TEST_EVENTS)} test events; ` +
        `ours are on ${events} events of other data.`,
    );
  return list;
}

function count(events: number): string {
  return events.toLocaleString('en-US');
}

function formatPublished(row: PublishedRow | undefined, model: PublishedModel): string {
  return row?.[PUBLISHED_MODELS.indexOf(model)]?.toFixed(2) ?? '';
}

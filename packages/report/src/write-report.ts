import { join } from 'node:path';
import { type EventSpec, UserError, writeFileAtomically } from '@unfold-zoo/core';
import {
  type DistanceReport,
  distancesCsv,
  distancesJson,
  markdownTable,
  type PartonColumns,
  paperTables,
  type TableOptions,
} from '@unfold-zoo/metrics';
import { allFigures, distributionFigure, type FigureChoice, highlights } from './distribution-figures.js';
import { type LineChart, lineChart } from './line-chart.js';
import { reportPage } from './report-page.js';

/** One model of a report. */
export interface ReportModel {
  readonly label: string;
  /** What it predicts for the events of the truth. */
  readonly columns: PartonColumns;
  readonly distances: DistanceReport;
}

/** What a report shows. */
export interface ReportContent {
  readonly title: string;
  readonly spec: EventSpec;
  readonly truth: PartonColumns;
  /** At least one; tables and figures show them side by side. */
  readonly models: readonly ReportModel[];
  /** `highlights`, the default: a handful of distributions. `all`: every particle and quantity. */
  readonly figures?: 'highlights' | 'all';
  /** Loss curves and schedules. */
  readonly training?: readonly LineChart[];
  /** The run's configuration, as it is. */
  readonly configuration?: string;
  /** Which of the paper's models stand in the tables; all unless given. */
  readonly published?: TableOptions['published'];
}

/**
 * Writes a report into a folder, and returns the paths of its files: `index.html`, which needs no other file,
 * `tables.md`, `distances.csv`, `distances.json`, and the figures as SVG. A file is there whole or not at all.
 */
export function writeReport(directory: string, content: ReportContent): string[] {
  const { title, spec, truth, models, training = [], configuration, published } = content;
  if (models.length === 0) throw new UserError('missing models: a report needs at least one');
  const choices = content.figures === 'all' ? allFigures(spec) : highlights(spec);
  const figures = choices.map((choice) => ({
    file: `${figureName(spec, choice)}.svg`,
    svg: distributionFigure(spec, choice, truth, models),
  }));
  const charts = training.map((chart, i) => ({ file: `training-${i + 1}.svg`, svg: lineChart(chart) }));
  const distances = models.map(({ label, distances }) => ({ label, report: distances }));
  const tables = paperTables(distances, published ? { published } : {});
  const page = reportPage({
    title,
    summary: summaryOf(content),
    tables,
    figures: figures.map(({ svg }) => svg),
    training: charts.map(({ svg }) => svg),
    ...(configuration !== undefined && { configuration }),
  });
  const files: [string, string][] = [
    ...[...figures, ...charts].map(({ file, svg }): [string, string] => [join('figures', file), `${svg}\n`]),
    ['tables.md', `# ${title}\n\n${tables.map(markdownTable).join('\n')}`],
    ['distances.csv', distancesCsv(distances)],
    ['distances.json', distancesJson(distances)],
    ['index.html', page],
  ];
  return files.map(([name, text]) => {
    const path = join(directory, name);
    writeFileAtomically(path, text);
    return path;
  });
}

function figureName(spec: EventSpec, { particle, quantity }: FigureChoice): string {
  return `${spec.particles[particle]!.name}-${quantity}`.replace(/[^\w-]/g, '_');
}

function summaryOf({ spec, truth, models }: ReportContent): string[] {
  const events = truth.count.toLocaleString('en-US');
  const names = models.map(({ label }) => label).join(', ');
  return [
    `${names}: ${events} events of ${spec.name}. Shown are distributions over all events, one draw an event, beside the truth.`,
    'Grey bands are the statistical error of the truth, bars that of the models. Models are scaled to the number of true events.',
  ];
}

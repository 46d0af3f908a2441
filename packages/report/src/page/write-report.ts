import { join } from 'node:path';
import { type EventSpec, UserError } from '@unfold-zoo/core';
import { KINEMATIC_QUANTITIES } from '@unfold-zoo/core/events';
import { checkOverwritesNoInput, fileNameOf, writeFileAtomically } from '@unfold-zoo/core/files';
import type { Figure, Findings, Table } from '@unfold-zoo/core/findings';
import type { DistanceReport, PartonColumns } from '@unfold-zoo/metrics';
import {
  type CorrelationChoice,
  correlationChoices,
  correlationFigure,
  correlationName,
} from '../figures/correlation-figure.js';
import { correlationMatrixFigure } from '../figures/correlation-matrix.js';
import { allFigures, distributionPlot, highlights, particlePage } from '../figures/distribution-figures.js';
import { choiceName, type FigureChoice } from '../figures/quantity-names.js';
import { type ScheduleCurve, scheduleChart } from '../figures/schedule-chart.js';
import { type LineChart, lineChart } from '../plot/line-chart.js';
import { pngRenderer } from '../plot/png.js';
import { type RatioPlot, ratioPlot } from '../plot/ratio-plot.js';
import { distancesCsv, distancesJson } from '../tables/distance-files.js';
import { paperTables, type TableOptions } from '../tables/distance-tables.js';
import { markdownTable } from '../tables/markdown-table.js';
import { tablesOfFindings } from '../tables/verdict-table.js';
import { type NamedConfiguration, type ReportFailure, reportPage } from './report-page.js';

export type { ReportFailure } from './report-page.js';

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
  /** At least one; tables and figures show them side by side, in this order and style. */
  readonly models: readonly ReportModel[];
  /** Sentences below the title, before those that every report has. */
  readonly summary?: readonly string[];
  /** Models that were to be here, and why they are not; after the ranking. */
  readonly failures?: readonly ReportFailure[];
  /** Stands before everything else, e.g. models by their distance; on its own, or with what explains it. */
  readonly ranking?: Table | readonly Table[];
  /** In place of the paper's tables that are made from the models' distances. The first is open, others are folded. */
  readonly tables?: readonly Table[];
  /**
   * `highlights`, the default: a handful of distributions. `all`: every particle and quantity, a page for each
   * particle, and the matrix of correlations.
   */
  readonly figures?: 'highlights' | 'all';
  /** Joint distributions; those of `correlationChoices` unless given. */
  readonly correlations?: readonly CorrelationChoice[];
  /** What the run's evaluators found: verdicts, tables and figures; after the distances. */
  readonly findings?: Findings;
  /** Loss curves. */
  readonly training?: readonly LineChart[];
  /** Noise schedules of the models that have one. */
  readonly schedules?: readonly ScheduleCurve[];
  /** Wall times, rates, memory, parameters. */
  readonly timings?: Table | readonly Table[];
  /** The run's configuration, as it is; or one for each model. */
  readonly configuration?: string | readonly NamedConfiguration[];
  /** Which of the paper's models stand in the tables; all unless given. */
  readonly published?: TableOptions['published'];
  /** The files that all of this was read from; none of them is written over. */
  readonly inputs?: readonly string[];
  /** Whether every figure is written as PNG too; needs optional packages, see `pngRenderer`. */
  readonly png?: boolean;
}

/** A picture with the name of its file, without the ending. */
type Picture = Pick<Figure, 'name' | 'svg'>;

interface ChosenFigure extends Picture {
  readonly choice: FigureChoice;
  readonly plot: RatioPlot;
}

/**
 * Writes a report into a folder, and returns the paths of its files: `index.html`, which needs no other file,
 * `tables.md`, `distances.csv`, `distances.json`, and the figures as SVG. A file is there whole or not at all.
 * @throws UserError, before anything is written, for no models and a folder in which one of them is an input; and for a
 * folder that cannot be written.
 */
export function writeReportFiles(directory: string, content: ReportContent): string[] {
  const { title, models, published, findings } = content;
  if (models.length === 0) throw new UserError('missing models: a report needs at least one');
  // A missing package is known before any work is done.
  const png = content.png ? pngRenderer() : undefined;
  const distances = models.map(({ label, distances }) => ({ label, report: distances }));
  const tables = content.tables ?? paperTables(distances, published ? { published } : {});
  const evaluations = findings ? tablesOfFindings(findings) : [];
  const figures = figuresOf(content);
  const files: [string, string | Uint8Array][] = [
    ...allOf(figures).flatMap(({ name, svg }): [string, string | Uint8Array][] => [
      [join('figures', `${name}.svg`), `${svg}\n`],
      ...(png ? [[join('figures', `${name}.png`), png(svg)] as [string, Uint8Array]] : []),
    ]),
    [
      'tables.md',
      `# ${title}\n\n${[...listOf(content.ranking), ...tables, ...evaluations].map(markdownTable).join('\n')}`,
    ],
    ['distances.csv', distancesCsv(distances)],
    ['distances.json', distancesJson(distances, findings)],
    ['index.html', pageOf(content, { tables, evaluations, figures })],
  ];
  const paths = files.map(([name]) => join(directory, name));
  checkOverwritesNoInput(paths, content.inputs ?? []);
  for (const [i, [, data]] of files.entries()) writeFileAtomically(paths[i]!, data);
  return paths;
}

interface Figures {
  readonly distributions: readonly ChosenFigure[];
  readonly particles: readonly Picture[];
  readonly correlations: readonly Picture[];
  readonly evaluations: readonly Figure[];
  readonly training: readonly Picture[];
  readonly schedules: readonly Picture[];
}

function figuresOf(content: ReportContent): Figures {
  const { spec, truth, models, figures, training = [], schedules = [] } = content;
  const all = figures === 'all';
  const choices = all ? allFigures(spec) : highlights(spec);
  const pairs = content.correlations ?? correlationChoices(spec);
  const distributions = choices.map((choice): ChosenFigure => {
    const plot = distributionPlot(spec, choice, truth, models);
    return { choice, plot, name: choiceName(spec, choice), svg: ratioPlot(plot) };
  });
  return {
    distributions,
    particles: all ? particlePages(spec, distributions) : [],
    correlations: [
      ...pairs.map((pair) => ({
        name: `correlation-${correlationName(spec, pair)}`,
        svg: correlationFigure(spec, pair, truth, models),
      })),
      ...(all ? [{ name: 'correlation-matrix', svg: correlationMatrixFigure(spec, truth, models) }] : []),
    ],
    evaluations: ownNames(content.findings?.figures ?? []),
    training: training.map((chart, i) => ({ name: `training-${i + 1}`, svg: lineChart(chart) })),
    schedules: schedules.length > 0 ? [{ name: 'schedule', svg: scheduleChart(schedules) }] : [],
  };
}

function particlePages(spec: EventSpec, figures: readonly ChosenFigure[]): Picture[] {
  return spec.particles.map(({ name, label }, particle) => {
    const own = byParticle(figures.filter(({ choice }) => choice.particle === particle));
    const plots = own.map(({ plot }) => plot);
    return { name: `particle-${fileNameOf(name)}`, svg: particlePage(label, plots) };
  });
}

function allOf({ distributions, particles, correlations, evaluations, training, schedules }: Figures): Picture[] {
  return [...distributions, ...particles, ...correlations, ...evaluations, ...training, ...schedules];
}

/** Figures of several evaluators under names of their own: the second of a name gets `-2`. */
function ownNames(figures: readonly Figure[]): Figure[] {
  const taken = new Map<string, number>();
  return figures.map((figure) => {
    const count = (taken.get(figure.name) ?? 0) + 1;
    taken.set(figure.name, count);
    const name = `evaluation-${figure.name}`;
    return { ...figure, name: count === 1 ? name : `${name}-${count}` };
  });
}

interface PageParts {
  readonly tables: readonly Table[];
  readonly evaluations: readonly Table[];
  readonly figures: Figures;
}

function pageOf(content: ReportContent, { tables, evaluations, figures }: PageParts): string {
  const { title, spec, models, failures = [], ranking, timings, configuration } = content;
  const shown = highlights(spec).length;
  const pictures = (list: readonly Picture[]): string[] => list.map(({ svg }) => svg);
  return reportPage({
    title,
    summary: [...(content.summary ?? []), ...summaryOf(content)],
    models: models.map(({ label }) => label),
    failures,
    ranking: listOf(ranking),
    tables,
    evaluations,
    evaluationFigures: figures.evaluations,
    highlights: pictures(figures.distributions.slice(0, shown)),
    figures: byParticle(figures.distributions.length > shown ? figures.distributions : []).map(({ svg, choice }) => ({
      svg,
      particle: spec.particles[choice.particle]!.label,
      quantity: choice.quantity,
    })),
    correlations: pictures(figures.correlations),
    training: pictures(figures.training),
    schedules: pictures(figures.schedules),
    timings: listOf(timings),
    configurations:
      typeof configuration === 'string' ? [{ label: models[0]!.label, yaml: configuration }] : (configuration ?? []),
  });
}

function byParticle(figures: readonly ChosenFigure[]): ChosenFigure[] {
  const place = ({ choice }: ChosenFigure): number => choice.particle;
  return figures.toSorted((a, b) => place(a) - place(b) || quantityPlace(a) - quantityPlace(b));
}

function quantityPlace({ choice }: ChosenFigure): number {
  return KINEMATIC_QUANTITIES.indexOf(choice.quantity);
}

function listOf<T extends object>(one: T | readonly T[] | undefined): readonly T[] {
  if (one === undefined) return [];
  return Array.isArray(one) ? (one as readonly T[]) : [one as T];
}

function summaryOf({ spec, truth, models, ranking, findings }: ReportContent): string[] {
  const events = truth.count.toLocaleString('en-US');
  const names = models.map(({ label }) => label).join(', ');
  return [
    `${names}: ${events} events of ${spec.name}. Shown are distributions over all events, one draw an event, ` +
      'beside the truth.',
    'Dark bands are the statistical error of the truth. Of up to three models bars are theirs; of more, light ' +
      'bands are the errors of truth and model together. Models are scaled to the number of true events.',
    ...(ranking === undefined ? [threeQuestions(findings)] : []),
  ];
}

/** The questions that there are to a model, and where each is answered; a ranking says so at its columns. */
function threeQuestions({ verdicts = [] }: Findings = { tables: [] }): string {
  const answered = (diagnostic: string): string =>
    verdicts.some((verdict) => verdict.diagnostic === diagnostic) ? 'below' : 'by unfold diagnose';
  return (
    'Right on average? The distances below. Right for each event? ' +
    `Calibration, ${answered('calibration')}. Sharper than the detector? Resolution, ${answered('resolution')}.`
  );
}

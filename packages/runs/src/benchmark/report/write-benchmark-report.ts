import { join } from 'node:path';
import { type EventSpec, version } from '@unfold-zoo/core';
import { writeFileAtomically } from '@unfold-zoo/core/files';
import type { Findings, Table } from '@unfold-zoo/core/findings';
import { type LogRecord, readLog } from '@unfold-zoo/core/training';
import { openDraws } from '@unfold-zoo/data';
import { type DistanceReport, meanOverSeeds } from '@unfold-zoo/metrics';
import {
  calibrationColumns,
  calibrationOf,
  distancesCsv,
  distancesJson,
  findingsSummary,
  type JudgedModel,
  latexTable,
  markdownTable,
  paperTables,
  type ReportModel,
  rankingCsv,
  rankingTable,
  verdictTables,
  writeReportFiles,
} from '@unfold-zoo/report';
import { type DrawColumns, drawColumns, drawsOfFile } from '../../draws/stored-draws.js';
import { lossCharts } from '../../evaluation/loss-charts.js';
import { scheduleCurve } from '../../evaluation/schedule-curve.js';
import type { Log } from '../../run/log.js';
import { openRun } from '../../run/open-run.js';
import { RunDirectory } from '../../run/run-directory.js';
import { costTable, type FinishedRun, type RankedModel, rank } from './benchmark-tables.js';
import { judgedEvents, judgedModels, runTables, withoutDiagnostic } from './judged-models.js';

/** A model that is not in the tables. */
export interface FailedRun {
  readonly label: string;
  readonly reason: string;
}

/** What became of a benchmark. */
export interface BenchmarkResults {
  readonly name: string;
  /** Sentences for the top of the report. */
  readonly note: string | undefined;
  readonly spec: EventSpec;
  /** In the order of the config. */
  readonly finished: readonly FinishedRun[];
  readonly failed: readonly FailedRun[];
  readonly floor: DistanceReport | undefined;
  readonly figures: 'main' | 'all';
  /** The benchmark's config, resolved. */
  readonly configuration: string;
  /** Wall time of this command. */
  readonly seconds: number;
}

/** The file of a report, and the models in order as a table. */
export interface WrittenReport {
  readonly page: string;
  readonly ranking: Table;
  /** The models in the same order, with what their evaluators find in short; absent without evaluators. */
  readonly findings?: Table;
}

/**
 * Writes a benchmark's tables, figures, ranking and costs into a folder. Reads the draws of one training of each model
 * from their files, a particle at a time: 24 bytes an event and draw for each, and for the truth.
 */
export async function writeBenchmarkReport(
  folder: string,
  results: BenchmarkResults,
  log: Log,
): Promise<WrittenReport> {
  const { name, note, spec, finished, failed, floor, figures, configuration } = results;
  const models = modelsOf(finished, floor);
  const metric = models[0]!.report.metrics[0]!;
  const costs = costTable(finished);
  const ranked = rank(models);
  const judged = judgedModels(ranked);
  const ranking = withHints(rankingTable(models, metric, calibrationColumns(judged, judgedEvents(ranked))));
  const findings = findingsSummary(withoutDiagnostic(judged, 'calibration'));
  const found = findings ? [findings] : [];
  const tables = [...paperTables(models), ...verdictTables(judged), ...runTables(finished)];
  const { truth, drawn } = await columnsOfModels(models, spec);
  writeReportFiles(folder, {
    title: `Benchmark ${name}`,
    summary: note === undefined ? [] : [note],
    spec,
    truth,
    models: drawn,
    ranking: [ranking, ...found],
    failures: failed,
    tables,
    timings: costs,
    figures: figures === 'all' ? 'all' : 'highlights',
    training: finished.flatMap((run) => lossesOf(run)),
    schedules: await schedulesOf(models, log),
    configuration,
  });
  const files: Readonly<Record<string, string>> = {
    'distances.csv': distancesCsv(models),
    'ranking.csv': rankingCsv(models, metric, judged),
    'distances.json': distancesJson(models.map(({ runs: _, ...model }) => model)),
    'tables.tex': `${[ranking, ...found, ...tables].map((table) => latexTable(table)).join('\n')}`,
    'benchmark.md': [
      `# Benchmark ${name}`,
      '',
      ...(note === undefined ? [] : [note, '']),
      ...failures(failed),
      ...[ranking, ...found, ...verdictTables(judged)].map(markdownTable),
      markdownTable(costs),
    ].join('\n'),
    'benchmark.json': `${JSON.stringify(summary(results, ranked), null, 2)}\n`,
  };
  for (const [file, text] of Object.entries(files)) writeFileAtomically(join(folder, file), text);
  return { page: join(folder, 'index.html'), ranking, ...(findings && { findings }) };
}

/** Says where the questions are answered that a ranking leaves open. */
function withHints(ranking: Table): Table {
  const hints = [
    'Sharper than the detector? `unfold diagnose` on the folder of this benchmark says.',
    'What do they draw for one event? `unfold explore` on the same folder shows all of them in a browser.',
  ];
  return { ...ranking, notes: [...ranking.notes, ...hints] };
}

/** One a model, over its seeds; the floor stands with each, as the tables want it. */
function modelsOf(finished: readonly FinishedRun[], floor: DistanceReport | undefined): RankedModel[] {
  const names = [...new Set(finished.map(({ model }) => model))];
  return names.map((label) => {
    const runs = finished.filter(({ model }) => model === label);
    const seeds = runs.map(({ seed, record }) => ({ seed, report: record.evaluation.report }));
    const model = seeds.length > 1 ? meanOverSeeds(label, seeds) : { label, report: seeds[0]!.report };
    return { ...model, runs, report: floor ? withFloor(model.report, floor) : model.report };
  });
}

function withFloor(report: DistanceReport, floor: DistanceReport): DistanceReport {
  return { ...report, floor: floor.distances, events: { ...report.events, floor: floor.events.predicted } };
}

/**
 * In the order of the models, whose plugins the benchmark has loaded; one without a schedule shifts the colours of
 * those after it against the other figures.
 */
async function schedulesOf(models: readonly RankedModel[], log: Log) {
  const curves = [];
  for (const { label, runs } of models) {
    const run = await openRun(runs[0]!.path, { log, trustPlugins: true });
    try {
      curves.push(scheduleCurve(await run.model(), label));
    } finally {
      await run.close();
    }
  }
  return curves.filter((curve) => curve !== undefined);
}

async function columnsOfModels(
  models: readonly RankedModel[],
  spec: EventSpec,
): Promise<{ truth: DrawColumns['truth']; drawn: ReportModel[] }> {
  let truth: DrawColumns['truth'] | undefined;
  const drawn: ReportModel[] = [];
  for (const { label, runs, report } of models) {
    const file = await openDraws(new RunDirectory(runs[0]!.path).draws);
    try {
      const columns = drawColumns(file, drawsOfFile(file, spec).drawn);
      truth ??= columns.truth;
      drawn.push({ label, columns: columns.predicted, distances: report });
    } finally {
      file.close();
    }
  }
  return { truth: truth!, drawn };
}

function lossesOf({ path, label }: FinishedRun) {
  const records: readonly LogRecord[] = readLog(path);
  return lossCharts(records)
    .filter(({ title }) => title.startsWith('Loss'))
    .map((chart) => ({ ...chart, title: `${label}: ${chart.title}` }));
}

function failures(failed: readonly FailedRun[]): string[] {
  return failed.flatMap(({ label, reason }) => [`**${label} failed**`, '', '```', reason, '```', '']);
}

function summary({ name, finished, failed, seconds }: BenchmarkResults, ranked: readonly RankedModel[]) {
  const runs = finished.map(
    ({ model, seed, label, path, record: { training, sampling, plan, evaluation, calibration } }) => ({
      model,
      seed,
      label,
      run: path,
      plan,
      training,
      sampling,
      ...verdictsOf(evaluation.findings, calibration?.findings),
    }),
  );
  const judged = judgedModels(ranked);
  return {
    name,
    version,
    ranking: ranked.map(({ label, report }, i) => ({
      model: label,
      totals: Object.fromEntries(report.metrics.map((metric, m) => [metric, report.distances.totals[m]!])),
      ...calibrationJson(judged[i]!),
    })),
    runs,
    failed,
    seconds,
  };
}

function verdictsOf(...found: readonly (Pick<Findings, 'verdicts'> | undefined)[]) {
  const all = found.filter((each) => each !== undefined);
  return all.length > 0 ? { verdicts: all.flatMap(({ verdicts = [] }) => verdicts) } : {};
}

function calibrationJson(model: JudgedModel) {
  const summary = calibrationOf(model);
  if (!summary) return {};
  const { badness, good, quantities } = summary;
  return { calibration: { badness, calibrated: good, quantities } };
}

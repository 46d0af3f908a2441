import { existsSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type EventSpec, type Table, UserError } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { type LogRecord, readLog } from '@unfold-zoo/core/training';
import {
  componentTable,
  type DistanceReport,
  distancesJson,
  particleTable,
  terminalTable,
  totalsTable,
} from '@unfold-zoo/metrics';
import { type LineChart, type Series, writeReport } from '@unfold-zoo/report';
import { compareDraws } from '../compare-draws.js';
import type { DrawColumns } from '../draw-columns.js';
import { runEvaluators } from '../evaluators.js';
import { createLog, type Log } from '../log.js';
import { progressBar } from '../progress.js';
import { RunDirectory } from '../run-directory.js';
import { runScheduleCurve } from '../schedule-curve.js';
import { readRunConfig } from '../session.js';

/** Options of `unfold evaluate`. */
export interface EvaluateOptions {
  readonly draws?: string;
  readonly out?: string;
  readonly set: readonly string[];
  readonly bootstrap: number;
  readonly figures: string;
  readonly floor: boolean;
  readonly png?: boolean;
  readonly json?: boolean;
}

/** `unfold evaluate <run>`. */
export async function evaluateCommand(run: string, options: EvaluateOptions): Promise<void> {
  const log = createLog();
  await evaluate(new RunDirectory(run), options, log);
  await log.close();
}

/** Compares a run's draws with the truth, prints the tables and writes the report. */
export async function evaluate(directory: RunDirectory, options: EvaluateOptions, log: Log): Promise<void> {
  directory.checkExists();
  if (!['main', 'all'].includes(options.figures)) {
    throw new UserError(`unknown --figures ${options.figures}: expected main or all`);
  }
  const drawsPath = options.draws === undefined ? directory.draws : resolve(options.draws);
  if (!existsSync(drawsPath)) throw new UserError(`missing ${drawsPath}: make it with unfold sample ${directory.path}`);
  const config = await readRunConfig(directory.config, options.set);
  const { distances, columns, spec } = await withBar((onProgress) =>
    compareDraws({ config, draws: drawsPath, bootstrap: options.bootstrap, floor: options.floor, onProgress }),
  );
  if (options.floor && !distances.floor) {
    log.warn('no floor: the training split has fewer events than there are draws');
  }
  const evaluations = await runEvaluators(config, drawsPath);
  await show({ directory, options, config, spec, distances, columns, evaluations, log });
}

async function withBar<T>(work: (onProgress: (done: number, total: number) => void) => Promise<T>): Promise<T> {
  const bar = progressBar('evaluating {bar} {value}/{total} distributions');
  bar.start(1, 0);
  try {
    return await work((done, total) => {
      bar.setTotal(total);
      bar.update(done);
    });
  } finally {
    bar.stop();
  }
}

interface Showing {
  readonly directory: RunDirectory;
  readonly options: EvaluateOptions;
  readonly config: Config;
  readonly spec: EventSpec;
  readonly distances: DistanceReport;
  readonly columns: DrawColumns;
  readonly evaluations: readonly Table[];
  readonly log: Log;
}

async function show(showing: Showing): Promise<void> {
  const { directory, options, config, spec, distances, columns, evaluations, log } = showing;
  const label = config.name ?? basename(directory.path);
  const models = [{ label, report: distances }];
  const report = options.out === undefined ? directory.report : resolve(options.out);
  const schedule = await runScheduleCurve(directory, label, log);
  writeReport(report, {
    title: `Unfolding with ${label}`,
    spec,
    truth: columns.truth,
    models: [{ label, columns: columns.predicted, distances }],
    figures: options.figures === 'all' ? 'all' : 'highlights',
    evaluations,
    training: lossCharts(readLog(directory.path)),
    schedules: schedule ? [schedule] : [],
    png: options.png ?? false,
    configuration: readFileSync(directory.config, 'utf8'),
  });
  if (options.json) {
    process.stdout.write(distancesJson(models, evaluations));
    return;
  }
  const breakdown = distances.metrics[0]!;
  const tables = [
    totalsTable(models),
    // Their notes are those of the totals.
    { ...particleTable(models, breakdown, { published: ['VLD', 'LDM'] }), notes: [] },
    { ...componentTable(models, breakdown, { published: ['VLD', 'LDM'] }), notes: [] },
    ...evaluations,
  ];
  process.stdout.write(`\n${tables.map(terminalTable).join('\n')}\n`);
  log.info(`report: ${join(report, 'index.html')}`);
}

/** The total loss and its terms over the steps, for each stage. */
export function lossCharts(records: readonly LogRecord[]): LineChart[] {
  const stages = [...new Set(records.map(({ stage }) => stage))];
  return stages.flatMap((stage): LineChart[] => {
    const steps = records.filter((record) => record.type === 'step' && record.stage === stage);
    const validations = records.filter((record) => record.type === 'validation' && record.stage === stage);
    if (steps.length === 0) return [];
    const terms = Object.keys(steps[0]!.terms).filter((name) => steps.every(({ terms }) => terms[name]! > 0));
    const common = { xTitle: 'Steps', yScale: 'log' } as const;
    const loss = [
      lossSeries('training', steps),
      ...(validations.length > 0 ? [lossSeries('validation', validations)] : []),
    ];
    return [
      { ...common, title: `Loss of stage ${stage}`, yTitle: 'Loss', series: loss },
      {
        ...common,
        title: `Terms of stage ${stage}`,
        yTitle: 'Term',
        series: terms.map((name) => termSeries(name, steps)),
      },
    ];
  });
}

function lossSeries(label: string, records: readonly LogRecord[]): Series {
  return { label, x: records.map(({ step }) => step), y: records.map(({ loss }) => loss) };
}

function termSeries(name: string, records: readonly LogRecord[]): Series {
  return { label: name, x: records.map(({ step }) => step), y: records.map(({ terms }) => terms[name]!) };
}

import { existsSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type EventSource, type EventSpec, type GenerativeModel, UserError } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { type Findings, joinFindings } from '@unfold-zoo/core/findings';
import { checkOptions } from '@unfold-zoo/core/options';
import { firstFew } from '@unfold-zoo/core/printable';
import { readLog } from '@unfold-zoo/core/training';
import { type DrawFile, fewEffective, openDraws } from '@unfold-zoo/data';
import type { DistanceReport, PartonColumns } from '@unfold-zoo/metrics';
import type { LineChart, ScheduleCurve } from '@unfold-zoo/report';
import type { z } from 'zod';
import { drawsOfFile, type FoundDraws, finiteColumns } from '../draws/stored-draws.js';
import type { OnProgress } from '../progress/progress.js';
import type { Log } from '../run/log.js';
import type { RunDirectory } from '../run/run-directory.js';
import { compareDraws } from './compare-draws.js';
import { evaluateOptions } from './evaluate-options.js';
import { lossCharts } from './loss-charts.js';
import { runEvaluators } from './run-evaluators.js';
import { scheduleCurve } from './schedule-curve.js';

const BYTES_OF_MB = 2 ** 20;

/** How draws are compared with the truth: the options of the schema `evaluateOptions`, a signal and a callback. */
export interface EvaluateOptions extends z.input<typeof evaluateOptions> {
  /** Aborted to stop between the parts of the evaluation: they are few, and the longest is the distances. */
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Draws beside the truth: everything that a report of a run shows. */
export interface Evaluation {
  /** What the run is called. */
  readonly label: string;
  readonly spec: EventSpec;
  /** The truth of the events, [n]; read from the file of the draws, which must stay as it is. */
  readonly truth: PartonColumns;
  /** Every draw, [n * draws]; read from the same file. */
  readonly predicted: PartonColumns;
  readonly distances: DistanceReport;
  /** What the evaluators of the config found, all together. */
  readonly findings: Required<Findings>;
  /** Loss curves. */
  readonly training: readonly LineChart[];
  /** The noise schedule of a model that has one. */
  readonly schedules: readonly ScheduleCurve[];
  /** The config of the run, as its folder has it. */
  readonly configuration: string;
  /** The files that all of this was read from; no report is written over one of them. */
  readonly inputs: readonly string[];
}

/** The run whose draws are evaluated. */
export interface EvaluatedRun {
  readonly directory: RunDirectory;
  readonly config: Config;
  readonly log: Log;
  /** Files that the run reads. */
  readonly inputs: readonly string[];
  /** The open data. */
  source(): Promise<EventSource>;
  /** The trained model; undefined for a run without a checkpoint. */
  model(): Promise<GenerativeModel | undefined>;
}

/** Compares the draws of a run with the truth. */
export async function evaluateRun(run: EvaluatedRun, options: EvaluateOptions): Promise<Evaluation> {
  const path = drawsPath(run.directory, checkOptions(evaluateOptions, options).draws);
  const source = await run.source();
  const file = await openDraws(path);
  try {
    const compared = await compareFile(run, file, source, options);
    const label = run.config.name ?? basename(run.directory.path);
    const model = await run.model();
    const schedule = model && scheduleCurve(model, label);
    return {
      label,
      spec: source.spec,
      ...compared,
      training: lossCharts(readLog(run.directory.path)),
      schedules: schedule ? [schedule] : [],
      configuration: readFileSync(run.directory.config, 'utf8'),
      inputs: [path, ...run.inputs],
    };
  } finally {
    file.close();
  }
}

/** Distances of the draws of an open file, and what the evaluators of the config find in them. */
async function compareFile(
  { config, log }: EvaluatedRun,
  file: DrawFile,
  source: EventSource,
  options: EvaluateOptions,
): Promise<Pick<Evaluation, 'truth' | 'predicted' | 'distances' | 'findings'>> {
  const { signal, onProgress } = options;
  const { bootstrap, floor, memory } = checkOptions(evaluateOptions, options);
  const largestArray = memory * BYTES_OF_MB;
  const found = drawsOfFile(file, source.spec);
  const { drawn, notFinite } = found;
  const columns = finiteColumns(file, found, largestArray);
  if (notFinite.length > 0) log.warn(leftOutNote(found));
  const { weights } = columns.truth;
  if (weights) for (const warning of fewEffective('the draws', weights)) log.warn(warning);
  signal?.throwIfAborted();
  const onWarning = (message: string) => log.warn(message);
  const comparison = { config, source, columns, of: drawn, draws: drawn.draws, bootstrap, floor, largestArray };
  const distances = await compareDraws({ ...comparison, onWarning, ...(onProgress && { onProgress }) });
  if (floor && !distances.floor) log.warn('no floor: the training split has fewer events than there are draws');
  signal?.throwIfAborted();
  const findings = notFinite.length > 0 ? joinFindings([]) : await runEvaluators(config, source, drawn);
  signal?.throwIfAborted();
  return { ...columns, distances, findings };
}

function leftOutNote({ drawn: { path, events, start }, notFinite }: FoundDraws): string {
  const list = firstFew(notFinite.map((event) => start + event));
  return (
    `left out ${notFinite.length} of ${events} events of ${path} whose draws are not finite: ${list}; distances are ` +
    'those of the rest, and evaluators of the config are not run'
  );
}

function drawsPath(directory: RunDirectory, draws: string | undefined): string {
  const path = draws === undefined ? directory.draws : resolve(draws);
  if (existsSync(path)) return path;
  throw new UserError(`missing ${path}: make it with unfold sample ${directory.path}`);
}

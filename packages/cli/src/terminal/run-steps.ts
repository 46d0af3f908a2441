import { join, resolve } from 'node:path';
import { EXIT } from '@unfold-zoo/core/exit-codes';
import {
  componentTable,
  distancesJson,
  particleTable,
  terminalTable,
  totalsTable,
  verdictTable,
} from '@unfold-zoo/report';
import {
  type EvaluateOptions,
  type Evaluation,
  type Log,
  type ReportOptions,
  type Run,
  type SampleOptions,
  WriteLock,
  writeReport,
} from '@unfold-zoo/runs';
import { withInterruption } from './interruption.js';
import { print } from './print.js';
import { TrainingEvents } from './progress/json-events.js';
import { withBar } from './progress/progress-bar.js';
import { TrainingBar } from './progress/training-bar.js';

/** How a training or a sampling ended. */
type Outcome = Awaited<ReturnType<Run['train']>>['outcome'];

/** How the shell is told of it. */
export function exitCodeOf(outcome: Outcome): number {
  return outcome === 'interrupted' ? EXIT.interrupted : EXIT.ok;
}

/** Whether progress is told to a program. */
export interface Telling {
  readonly json?: boolean;
}

/** Trains with a bar, until Ctrl-C. */
export async function trainRun(run: Run, log: Log, { json = false }: Telling = {}): Promise<Outcome> {
  const display = json ? new TrainingEvents() : new TrainingBar();
  const { outcome } = await withInterruption(log.info, (signal) => run.train({ signal, display }));
  return outcome;
}

/** Samples with a bar, until Ctrl-C. */
export async function sampleRun(
  run: Run,
  options: SampleOptions,
  log: Log,
  { json = false }: Telling = {},
): Promise<Outcome> {
  const bar = 'sampling {bar} {value}/{total} events · {rate} events/s · {left} left';
  const { outcome } = await withInterruption(log.info, (signal) =>
    withBar(bar, (onProgress) => run.sample({ ...options, signal, onProgress }), { json }),
  );
  return outcome;
}

/** What is evaluated and shown, and how. */
export interface EvaluationOptions extends EvaluateOptions, ReportOptions {
  /** The folder of the report. Default: `report` in the run. */
  readonly out?: string | undefined;
  readonly json?: boolean;
}

/** Compares a run's draws with the truth, writes the report and prints its tables. */
export async function evaluateAndReport(run: Run, options: EvaluationOptions, log: Log): Promise<void> {
  const { out = join(run.outputs, 'report'), json = false } = options;
  const folder = resolve(out);
  using _lock = await WriteLock.ofOutput(folder, { work: 'writing a report', log });
  const bar = 'evaluating {bar} {value}/{total} distributions';
  const evaluation = await withBar(bar, (onProgress) => run.evaluate({ ...options, onProgress }), { json });
  writeReport(folder, evaluation, options);
  print(json ? evaluationJson(evaluation) : evaluationText(evaluation));
  if (!json) log.info(`report: ${join(folder, 'index.html')}`);
}

function evaluationJson({ label, distances, findings }: Evaluation): string {
  return distancesJson([{ label, report: distances }], findings);
}

function evaluationText({ label, distances, findings }: Evaluation): string {
  const models = [{ label, report: distances }];
  const breakdown = distances.metrics[0]!;
  const tables = [
    totalsTable(models),
    // Their notes are those of the totals.
    { ...particleTable(models, breakdown, { published: ['VLD', 'LDM'] }), notes: [] },
    { ...componentTable(models, breakdown, { published: ['VLD', 'LDM'] }), notes: [] },
    ...findings.tables,
    ...(findings.verdicts.length > 0 ? [verdictTable(findings.verdicts)] : []),
  ];
  return `\n${tables.map(terminalTable).join('\n')}\n`;
}

import { isUserError, UserError } from '@unfold-zoo/core';
import type { ConfigOptions } from '../../configs/run-config.js';
import type { DiagnoseOptions, PosteriorDiagnosis } from '../../diagnosis/diagnose.js';
import { DEFAULT_DRAWS } from '../../diagnosis/diagnose-options.js';
import type { OnProgress } from '../../progress/progress.js';
import type { Log } from '../../run/log.js';
import { openRun } from '../../run/open-run.js';
import { RunDirectory } from '../../run/run-directory.js';
import type { BenchmarkPlan } from '../config/benchmark-config.js';
import { type PlacedRun, placeRuns } from '../folder/check-runs.js';
import type { FailedRun } from '../report/write-benchmark-report.js';

/** What is diagnosed of every model, and changes to the configs of the runs, e.g. other test events. */
export interface BenchmarkDiagnoseOptions extends DiagnoseOptions, Pick<ConfigOptions, 'set'> {}

/** A training of a benchmark, diagnosed. */
export interface DiagnosedModel extends PosteriorDiagnosis {
  /** Of its run, below `runs`. */
  readonly folder: string;
}

/** Whether the posteriors of a benchmark's models can be trusted, event by event. */
export interface BenchmarkDiagnosis {
  /** The benchmark's. */
  readonly name: string;
  /** In the order of the config. */
  readonly models: readonly DiagnosedModel[];
  /** Models that could not be diagnosed, and why: those that are not trained among them. */
  readonly failed: readonly FailedRun[];
}

/** The benchmark whose models are diagnosed. */
export interface DiagnosedBenchmark {
  readonly plan: BenchmarkPlan;
  /** Absolute path. */
  readonly folder: string;
  readonly log: Log;
  readonly trustPlugins: boolean;
}

/**
 * Diagnoses every trained model of a benchmark, one after the other, all with the same events and numbers of draws.
 * @returns undefined if the signal is aborted: what is drawn is kept, and the next call goes on.
 * @throws UserError for a benchmark of which nothing is trained.
 */
export async function diagnoseBenchmark(
  benchmark: DiagnosedBenchmark,
  options: BenchmarkDiagnoseOptions,
): Promise<BenchmarkDiagnosis | undefined> {
  const { plan, folder, log } = benchmark;
  const runs = placeRuns(plan.runs, folder);
  const trained = runs.filter(({ path }) => new RunDirectory(path).hasCheckpoint);
  if (trained.length === 0)
    throw new UserError(`missing models: none of the benchmark in ${folder} is trained; run the benchmark first`);
  const models: DiagnosedModel[] = [];
  const failed: FailedRun[] = runs.filter((run) => !trained.includes(run)).map(notTrained);
  for (const [i, run] of trained.entries()) {
    if (options.signal?.aborted) return undefined;
    log.info(`${run.label}: model ${i + 1} of ${trained.length}`);
    try {
      const diagnosis = await diagnoseModel(benchmark, run, options);
      if (!diagnosis) return undefined;
      models.push(diagnosis);
    } catch (error) {
      if (!isUserError(error)) throw error;
      failed.push({ label: run.label, reason: error.message });
    }
  }
  return { name: plan.name, models, failed };
}

function notTrained({ label }: PlacedRun): FailedRun {
  return { label, reason: 'it is not trained' };
}

async function diagnoseModel(
  { log, trustPlugins }: DiagnosedBenchmark,
  { path, label, folder }: PlacedRun,
  { set, onProgress, ...options }: BenchmarkDiagnoseOptions,
): Promise<DiagnosedModel | undefined> {
  const { events, draws } = DEFAULT_DRAWS.ofBenchmark;
  await using run = await openRun(path, { log, trustPlugins, ...(set && { set }) });
  const diagnosis = await run.diagnose({
    ...options,
    events: options.events ?? events,
    draws: options.draws ?? draws,
    ...(onProgress && { onProgress: ofModel(label, onProgress) }),
  });
  return diagnosis && { ...diagnosis, label, folder };
}

function ofModel(label: string, onProgress: OnProgress): OnProgress {
  return (progress) => onProgress({ ...progress, stage: `${label}: ${progress.stage}` });
}

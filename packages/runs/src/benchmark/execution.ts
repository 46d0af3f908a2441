import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Evaluator, type EventSource, UserError } from '@unfold-zoo/core';
import { writeFileAtomically } from '@unfold-zoo/core/files';
import type { Table } from '@unfold-zoo/core/findings';
import { checkOptions } from '@unfold-zoo/core/options';
import { launchedWithOthers } from '@unfold-zoo/core/workers';
import type { DistanceReport } from '@unfold-zoo/metrics';
import type { z } from 'zod';
import type { Log } from '../run/log.js';
import { RunDirectory } from '../run/run-directory.js';
import type { WriteLock } from '../writing/write-lock.js';
import { benchmarkOptions } from './benchmark-options.js';
import type { BenchmarkPlan } from './config/benchmark-config.js';
import { checkRuns, type PlacedRun, placeRuns } from './folder/check-runs.js';
import { readFloor, writeFloor } from './folder/floor-record.js';
import { evaluationSettings, isEvaluated, readRecord, type SamplingPlan, samePlan } from './folder/run-record.js';
import { isSimulated, sharedDataConfig, stateOfSharedData, writeSharedData } from './folder/shared-data.js';
import type { OtherRanks } from './ranks/other-ranks.js';
import type { FinishedRun } from './report/benchmark-tables.js';
import { type FailedRun, writeBenchmarkReport } from './report/write-benchmark-report.js';
import type { TaskOutcome } from './tasks/do-in-process.js';
import { expectedSeconds } from './tasks/expected-seconds.js';
import type { BenchmarkObserver } from './tasks/observer.js';
import { runTasks } from './tasks/run-tasks.js';
import type { NamedTask } from './tasks/task.js';

/** How a benchmark is run. */
export interface BenchmarkRunOptions extends BenchmarkObserver, Pick<z.input<typeof benchmarkOptions>, 'jobs'> {
  /** Aborted to stop every model after its step, to go on with later. */
  readonly signal?: AbortSignal;
}

/** What became of a benchmark. */
export interface BenchmarkResult {
  /** `failed`: some models did; the others are in the report. */
  readonly outcome: 'finished' | 'failed' | 'interrupted';
  /** In the order of the config. */
  readonly finished: readonly FinishedRun[];
  readonly failed: readonly FailedRun[];
  /** Distance between the truth and an independent truth, if there is one. */
  readonly floor?: DistanceReport;
  /** The models by their distance, and the page of the report; absent if none is finished. */
  readonly ranking?: Table;
  /** The models in the same order, with what their evaluators find in short; absent without evaluators. */
  readonly findings?: Table;
  readonly page?: string;
  /** Wall time. */
  readonly seconds: number;
}

/** The benchmark of a folder, resolved. */
export const BENCHMARK_FILE = 'benchmark.yaml';

/** What an execution works with. */
export interface ExecutionParts {
  readonly plan: BenchmarkPlan;
  /** Absolute path. */
  readonly folder: string;
  /** The open data. */
  readonly source: EventSource;
  /** Of the folder, held. */
  readonly lock: WriteLock;
  /** Those that a launcher has started beside this one, if it has. */
  readonly ranks: OtherRanks | undefined;
  /** Whether models whose settings changed are trained again. */
  readonly force: boolean;
  /** Whether plugins that runs which are there already name may be loaded. */
  readonly trustPlugins: boolean;
  readonly log: Log;
  readonly options: BenchmarkRunOptions;
}

const FLOOR = 'floor';

/** One run of a benchmark, from what its folder has to its report. */
export class BenchmarkExecution {
  readonly #parts: ExecutionParts;
  readonly #sampling: SamplingPlan;
  /** Draws by which single events are judged; undefined where they are not. */
  readonly #calibration: SamplingPlan | undefined;
  readonly #startedAt = performance.now();

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
    const { draws, events } = parts.plan.options.sampling;
    const most = events === 'all' ? Number.POSITIVE_INFINITY : events;
    const count = parts.source.count('test');
    this.#sampling = { draws, events: Math.min(most, count) };
    const { calibration } = parts.plan.options.evaluation;
    this.#calibration =
      calibration === false ? undefined : { ...calibration, events: Math.min(calibration.events, count) };
  }

  async run(): Promise<BenchmarkResult> {
    const { lock, options, ranks, plan } = this.#parts;
    const signal = AbortSignal.any([options.signal, ranks?.stopped].filter((each) => each !== undefined));
    const runs = await this.#prepareRuns(signal);
    if (!runs) return this.#interrupted();
    const tasks = [...this.#modelTasks(runs), ...this.#floorTasks(runs)];
    options.onBegin?.(tasks.map(({ label }) => label));
    const jobs = jobsOfRank(options, plan);
    const how = { jobs, observer: options, signal, lock: lock.descriptor };
    const outcomes = await runTasks(tasks, { ...how, ...(ranks && { offer: (onPlace) => ranks.offer(onPlace) }) });
    if (outcomes.some(({ state }) => state === 'interrupted')) return this.#interrupted();
    this.#keepFloor(outcomes);
    return this.#conclude(runs, failedTasks(tasks, outcomes));
  }

  /** Everything that is checked and made before a model is trained. Undefined if it was interrupted. */
  async #prepareRuns(signal: AbortSignal): Promise<PlacedRun[] | undefined> {
    const { plan, folder, force, trustPlugins, source, options, log } = this.#parts;
    const shared = { folder: join(folder, 'data'), made: plan.runs[0]!.config.choices['data'] };
    const data = isSimulated(source) ? stateOfSharedData(shared) : 'there';
    if (data === 'changed' && !force) throw changedData(shared.folder);
    const onFiles = isSimulated(source) ? await plan.on(sharedDataConfig(source, shared.folder)) : plan.runs;
    const runs = placeRuns(onFiles, folder);
    const newData = data === 'changed';
    const prepareFolders = await checkRuns(runs, { plan: this.#sampling, force, newData, trustPlugins, log });
    writeFileAtomically(join(folder, BENCHMARK_FILE), plan.resolvedYaml);
    // Before the data: if this is killed in between, no model is left that was trained on others.
    await prepareFolders();
    try {
      const how = { signal, onProgress: options.onData };
      if (isSimulated(source) && data !== 'there') await writeSharedData(source, shared, how);
    } catch (error) {
      if (!signal.aborted) throw error;
      return undefined;
    }
    return runs;
  }

  /** What is left to do of the models. */
  #modelTasks(runs: readonly PlacedRun[]): NamedTask[] {
    const { evaluation, sampling } = this.#parts.plan.options;
    const { bootstrap } = evaluation;
    const { batch } = sampling;
    return runs
      .map((run) => ({ run, calibration: this.#calibrationOf(run) }))
      .filter(({ run, calibration }) => {
        const isJudged = calibration === undefined || isCalibrated(run, calibration);
        return !isJudged || finishedRun(run, bootstrap).length === 0;
      })
      .map(({ run, calibration }) => ({
        label: run.label,
        task: { kind: 'model', run: run.path, batch, bootstrap, ...(calibration && { calibration }) },
        cost: () => expectedSeconds(run, runs),
      }));
  }

  /** A model whose own evaluators judge its calibration needs no draws for that. */
  #calibrationOf({ config }: PlacedRun): SamplingPlan | undefined {
    const own = (config.choices[Evaluator.key] ?? []) as readonly { readonly kind: string }[];
    return own.some(({ kind }) => kind === 'calibration') ? undefined : this.#calibration;
  }

  #floorTasks(runs: readonly PlacedRun[]): NamedTask[] {
    const { floor, bootstrap } = this.#parts.plan.options.evaluation;
    if (!floor || this.#readFloor() !== undefined) return [];
    const { draws, events } = this.#sampling;
    const task = { kind: 'floor', run: runs[0]!.path, events, predictions: events * draws, bootstrap } as const;
    return [{ label: FLOOR, task, cost: () => 0 }];
  }

  #readFloor(): DistanceReport | null | undefined {
    return readFloor(this.#parts.folder, this.#floorKey());
  }

  #floorKey(): unknown {
    const { plan } = this.#parts;
    const { data, metrics } = plan.runs[0]!.config.choices;
    return { data, metrics, plan: this.#sampling, bootstrap: plan.options.evaluation.bootstrap };
  }

  #keepFloor(outcomes: readonly TaskOutcome[]): void {
    for (const outcome of outcomes) {
      if (outcome.state !== 'done' || outcome.floor === undefined) continue;
      writeFloor(this.#parts.folder, { key: this.#floorKey(), report: outcome.floor });
    }
  }

  #interrupted(): BenchmarkResult {
    this.#parts.log.info('stopped; go on with the same command');
    return { outcome: 'interrupted', finished: [], failed: [], seconds: this.#seconds() };
  }

  async #conclude(runs: readonly PlacedRun[], failed: readonly FailedRun[]): Promise<BenchmarkResult> {
    const { plan, folder, log } = this.#parts;
    const { evaluation } = plan.options;
    const floor = evaluation.floor ? (this.#readFloor() ?? undefined) : undefined;
    if (evaluation.floor && !floor) log.warn('no floor: the training split has fewer events than there are draws');
    const finished = runs.flatMap((run) => this.#shown(run, finishedRun(run, evaluation.bootstrap)));
    const seconds = this.#seconds();
    const results = {
      ...{ name: plan.name, spec: this.#parts.source.spec, finished, failed, floor, seconds },
      note: plan.options.note,
      figures: evaluation.figures,
      configuration: plan.resolvedYaml,
    };
    const written = finished.length > 0 && (await writeBenchmarkReport(join(folder, 'report'), results, log));
    const outcome = failed.length > 0 ? 'failed' : 'finished';
    return { outcome, finished, failed, seconds, ...(floor && { floor }), ...(written || {}) };
  }

  #shown(run: PlacedRun, finished: readonly FinishedRun[]): readonly FinishedRun[] {
    const plan = this.#calibrationOf(run);
    return plan && isCalibrated(run, plan) ? finished : finished.map(withoutCalibration);
  }

  #seconds(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }
}

/**
 * Models at the same time in this process. A config says how many one machine takes; of the ranks that a launcher
 * starts each takes one, unless `options` says otherwise.
 */
export function jobsOfRank(options: BenchmarkRunOptions, plan: BenchmarkPlan): number {
  return checkOptions(benchmarkOptions, options).jobs ?? (launchedWithOthers() ? 1 : plan.jobs);
}

function changedData(folder: string): UserError {
  return new UserError(
    (option) =>
      `changed data: ${folder} holds events of other options; choose another folder with ${option('out')}, ` +
      `or make them and train every model again with ${option('force')}`,
  );
}

/** A run that is trained, sampled and evaluated as the benchmark says, in a list; else none. */
function finishedRun({ model, seed, label, path, config }: PlacedRun, bootstrap: number): FinishedRun[] {
  const { evaluation, ...record } = readRecord(path)!;
  const isFinished =
    record.sampling !== undefined &&
    existsSync(new RunDirectory(path).draws) &&
    isEvaluated(evaluation, evaluationSettings(config, bootstrap));
  return isFinished ? [{ model, seed, label, path, record: { ...record, evaluation: evaluation! } }] : [];
}

/** Whether the calibration of a run is judged by so many draws. */
function isCalibrated({ path }: PlacedRun, plan: SamplingPlan): boolean {
  const done = readRecord(path)?.calibration;
  return done !== undefined && samePlan(done.plan, plan);
}

/** What an earlier benchmark with other settings found is not shown. */
function withoutCalibration({ record, ...run }: FinishedRun): FinishedRun {
  const { calibration: _, ...kept } = record;
  return { ...run, record: kept };
}

function failedTasks(tasks: readonly NamedTask[], outcomes: readonly TaskOutcome[]): FailedRun[] {
  return outcomes.flatMap((outcome, i) =>
    outcome.state === 'failed' ? [{ label: tasks[i]!.label, reason: outcome.reason }] : [],
  );
}

import { existsSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type EventSource, UserError } from '@unfold-zoo/core';
import { asWriteError, makeFolder, writeFileAtomically } from '@unfold-zoo/core/files';
import { terminalTable } from '@unfold-zoo/metrics';
import { type Benchmark, readBenchmark } from '../benchmark/benchmark-config.js';
import type { FinishedRun } from '../benchmark/benchmark-tables.js';
import { readFloor, writeFloor } from '../benchmark/floor-record.js';
import { FolderLock, LOCK_FILE } from '../benchmark/folder-lock.js';
import { openData } from '../benchmark/open-data.js';
import { checkRuns, type PlacedRun, placeRuns } from '../benchmark/prepare-runs.js';
import { ProgressBoard } from '../benchmark/progress-board.js';
import { isEvaluated, readRecord, type SamplingPlan } from '../benchmark/run-record.js';
import { type NamedTask, runTasks, type TaskOutcome } from '../benchmark/run-tasks.js';
import { isSimulated, sharedDataConfig, stateOfSharedData, writeSharedData } from '../benchmark/shared-data.js';
import { type BenchmarkResults, type FailedRun, writeBenchmarkReport } from '../benchmark/write-benchmark-report.js';
import { interruption } from '../interruption.js';
import { createLog, type Log } from '../log.js';
import { EXIT } from '../main.js';
import { duration } from '../progress.js';
import { RunDirectory } from '../run-directory.js';

/** Options of `unfold benchmark`. */
export interface BenchmarkCommandOptions {
  readonly out?: string;
  readonly set: readonly string[];
  readonly jobs?: number;
  readonly force?: boolean;
}

/** `unfold benchmark <config>`. */
export async function benchmarkCommand(config: string, options: BenchmarkCommandOptions): Promise<void> {
  const log = createLog();
  const benchmark = await readBenchmark(config, options.set);
  const folder = resolve(options.out ?? join('benchmarks', benchmark.name));
  process.exitCode = await run(benchmark, folder, options, log);
  await log.close();
}

async function run(benchmark: Benchmark, folder: string, options: BenchmarkCommandOptions, log: Log): Promise<number> {
  checkFolder(folder);
  const source = await openData(benchmark.runs);
  const board = new ProgressBoard();
  const { signal, release } = interruption({ info: (message) => board.note(message) });
  try {
    return await inFolder(folder, (lock) =>
      runLocked({ benchmark, folder, source, lock, board, signal, options, log }),
    );
  } finally {
    board.stop();
    release();
    await source.close();
  }
}

/** Works in a folder that no other benchmark works in; takes one away again that it made and nothing came of. */
async function inFolder<T>(folder: string, work: (lock: FolderLock) => Promise<T>): Promise<T> {
  const made = makeFolderFor(folder);
  try {
    const lock = await FolderLock.take(folder);
    try {
      return await work(lock);
    } finally {
      lock.release();
    }
  } finally {
    for (const path of made.toReversed()) if (readdirSync(path).length === 0) rmdirSync(path);
  }
}

function makeFolderFor(folder: string): string[] {
  try {
    return makeFolder(folder);
  } catch (error) {
    throw asWriteError(folder, error);
  }
}

interface Bench {
  readonly benchmark: Benchmark;
  readonly folder: string;
  readonly source: EventSource;
  readonly lock: FolderLock;
  readonly board: ProgressBoard;
  readonly signal: AbortSignal;
  readonly options: BenchmarkCommandOptions;
  readonly log: Log;
}

const CONFIG = 'benchmark.yaml';

async function runLocked(bench: Bench): Promise<number> {
  const { benchmark, folder, source, lock, board, signal, options, log } = bench;
  const started = performance.now();
  const { sampling, evaluation } = benchmark.options;
  const plan = { draws: sampling.draws, events: Math.min(eventsOf(sampling.events), source.count('test')) };
  const runs = await settle(bench, plan);
  if (!runs) return interrupted(log);
  const tasks = [...modelTasks(runs, benchmark), ...floorTasks(bench, runs, plan)];
  board.begin(tasks.map(({ label }) => label));
  const jobs = options.jobs ?? benchmark.jobs;
  const outcomes = await runTasks(tasks, { jobs, board, signal, onProcesses: (pids) => lock.share(pids) });
  board.stop();
  if (outcomes.some(({ state }) => state === 'interrupted')) return interrupted(log);
  keepFloor(bench, plan, outcomes);
  return conclude(bench, {
    name: benchmark.name,
    spec: source.spec,
    finished: runs.flatMap((run) => finishedRun(run, evaluation.bootstrap)),
    failed: failedTasks(tasks, outcomes),
    floor: evaluation.floor ? (readFloor(folder, floorKey(bench, plan)) ?? undefined) : undefined,
    figures: evaluation.figures,
    configuration: benchmark.resolvedYaml,
    seconds: (performance.now() - started) / 1000,
  });
}

/** Everything that is checked and made before a model is trained. Undefined if Ctrl-C came first. */
async function settle(bench: Bench, plan: SamplingPlan): Promise<PlacedRun[] | undefined> {
  const { benchmark, folder, source, signal, options } = bench;
  const { force = false } = options;
  const shared = { folder: join(folder, 'data'), made: benchmark.runs[0]!.config.choices['data'] };
  const data = isSimulated(source) ? stateOfSharedData(shared) : 'there';
  if (data === 'changed' && !force) {
    throw new UserError(
      `changed data: ${shared.folder} holds events of other options; choose another folder with --out, ` +
        'or make them and train every model again with --force',
    );
  }
  const onFiles = isSimulated(source) ? await benchmark.on(sharedDataConfig(source, shared.folder)) : benchmark.runs;
  const runs = placeRuns(onFiles, folder);
  const prepare = await checkRuns(runs, { plan, force, newData: data === 'changed' });
  writeFileAtomically(join(folder, CONFIG), benchmark.resolvedYaml);
  // Before the data: if this is killed in between, no model is left that was trained on others.
  prepare();
  try {
    if (isSimulated(source) && data !== 'there') await writeSharedData(source, shared, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return undefined;
  }
  return runs;
}

function eventsOf(events: number | 'all'): number {
  return events === 'all' ? Number.POSITIVE_INFINITY : events;
}

/** A folder that is new, empty, or a benchmark's. */
function checkFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new UserError(`existing ${folder}: it is a file; expected a folder`);
  const others = readdirSync(folder).filter((name) => name !== LOCK_FILE);
  if (others.length > 0 && !others.includes(CONFIG)) {
    throw new UserError(`existing ${folder}: the folder is not a benchmark's; choose another with --out`);
  }
}

const FLOOR = 'floor';

/** What is left to do of the models. */
function modelTasks(runs: readonly PlacedRun[], { options }: Benchmark): NamedTask[] {
  const { bootstrap } = options.evaluation;
  const { batch } = options.sampling;
  return runs
    .filter((run) => finishedRun(run, bootstrap).length === 0)
    .map(({ label, path }) => ({ label, task: { kind: 'model', run: path, batch, bootstrap } }));
}

function floorTasks(bench: Bench, runs: readonly PlacedRun[], plan: SamplingPlan): NamedTask[] {
  const { floor, bootstrap } = bench.benchmark.options.evaluation;
  if (!floor || readFloor(bench.folder, floorKey(bench, plan)) !== undefined) return [];
  const { draws, events } = plan;
  return [
    { label: FLOOR, task: { kind: 'floor', run: runs[0]!.path, events, predictions: events * draws, bootstrap } },
  ];
}

function floorKey({ benchmark }: Bench, plan: SamplingPlan): unknown {
  const { data, metrics } = benchmark.runs[0]!.config.choices;
  return { data, metrics, plan, bootstrap: benchmark.options.evaluation.bootstrap };
}

function keepFloor(bench: Bench, plan: SamplingPlan, outcomes: readonly TaskOutcome[]): void {
  for (const outcome of outcomes) {
    if (outcome.state !== 'done' || outcome.floor === undefined) continue;
    writeFloor(bench.folder, { key: floorKey(bench, plan), report: outcome.floor });
  }
}

/** A run that is trained, sampled and evaluated as the benchmark says, in a list; else none. */
function finishedRun({ model, seed, label, path, config }: PlacedRun, bootstrap: number): FinishedRun[] {
  const { evaluation, ...record } = readRecord(path)!;
  const isFinished =
    record.sampling !== undefined &&
    existsSync(new RunDirectory(path).draws) &&
    isEvaluated(evaluation, bootstrap, config.choices['metrics']);
  return isFinished ? [{ model, seed, label, path, record: { ...record, evaluation: evaluation! } }] : [];
}

function failedTasks(tasks: readonly NamedTask[], outcomes: readonly TaskOutcome[]): FailedRun[] {
  return outcomes.flatMap((outcome, i) =>
    outcome.state === 'failed' ? [{ label: tasks[i]!.label, reason: outcome.reason }] : [],
  );
}

function interrupted(log: Log): number {
  log.info('stopped; go on with the same command');
  return EXIT.interrupted;
}

async function conclude({ folder, benchmark, log }: Bench, results: BenchmarkResults): Promise<number> {
  const { finished, failed, seconds } = results;
  if (benchmark.options.evaluation.floor && !results.floor) {
    log.warn('no floor: the training split has fewer events than there are draws');
  }
  if (finished.length > 0) {
    const { page, ranking } = await writeBenchmarkReport(join(folder, 'report'), results, log);
    process.stdout.write(`\n${terminalTable(ranking)}\n`);
    log.info(`benchmark: ${finished.length} trainings in ${duration(seconds)}`);
    log.info(`report: ${page}`);
  }
  for (const { label, reason } of failed) log.warn(`${label} failed: ${reason}`);
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}

import { existsSync, readdirSync, rmdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  checkBatchSize,
  EventSource,
  isUserError,
  makeFolder,
  Rng,
  UserError,
  writeFileAtomically,
} from '@unfold-zoo/core';
import { type DistanceReport, terminalTable } from '@unfold-zoo/metrics';
import { type Benchmark, readBenchmark } from '../benchmark/benchmark-config.js';
import { type FinishedRun, rankingTable } from '../benchmark/benchmark-tables.js';
import { FolderLock } from '../benchmark/folder-lock.js';
import { checkRuns, type PlacedRun, placeRuns } from '../benchmark/prepare-runs.js';
import { ProgressBoard } from '../benchmark/progress-board.js';
import { readRecord, type SamplingPlan } from '../benchmark/run-record.js';
import { type NamedTask, runTasks, type TaskOutcome } from '../benchmark/run-tasks.js';
import { isSimulated, sharedDataConfig, stateOfSharedData, writeSharedData } from '../benchmark/shared-data.js';
import { type BenchmarkResults, type FailedRun, writeBenchmarkReport } from '../benchmark/write-benchmark-report.js';
import { interruption } from '../interruption.js';
import { createLog, type Log } from '../log.js';
import { EXIT } from '../main.js';
import { duration } from '../progress.js';

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
  const source = await openSource(benchmark);
  const made = makeFolder(folder);
  const lock = await FolderLock.take(folder);
  const { signal, release } = interruption(log);
  try {
    return await runLocked({ benchmark, folder, source, lock, signal, options, log });
  } finally {
    release();
    await source.close();
    lock.release();
    for (const path of made.toReversed()) if (readdirSync(path).length === 0) rmdirSync(path);
  }
}

interface Bench {
  readonly benchmark: Benchmark;
  readonly folder: string;
  readonly source: EventSource;
  readonly lock: FolderLock;
  readonly signal: AbortSignal;
  readonly options: BenchmarkCommandOptions;
  readonly log: Log;
}

const CONFIG = 'benchmark.yaml';

async function runLocked(bench: Bench): Promise<number> {
  const { benchmark, source, lock, signal, options, log } = bench;
  const started = performance.now();
  const { sampling, evaluation } = benchmark.options;
  const plan = { draws: sampling.draws, events: Math.min(eventsOf(sampling.events), source.count('test')) };
  const runs = await settle(bench, plan);
  if (!runs) return interrupted(log);
  const jobs = options.jobs ?? benchmark.jobs;
  const tasks = tasksOf(runs, benchmark, plan);
  const board = new ProgressBoard(tasks.map(({ label }) => label));
  let outcomes: TaskOutcome[];
  try {
    outcomes = await runTasks(tasks, { jobs, board, signal, onProcesses: (pids) => lock.share(pids) });
  } finally {
    board.stop();
  }
  if (outcomes.some(({ state }) => state === 'interrupted')) return interrupted(log);
  return conclude(bench, {
    name: benchmark.name,
    spec: source.spec,
    finished: finishedRuns(runs, outcomes),
    failed: failedTasks(tasks, outcomes),
    floor: floorOf(outcomes),
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
  if (readdirSync(folder).length > 0 && !existsSync(join(folder, CONFIG))) {
    throw new UserError(`existing ${folder}: the folder is not a benchmark's; choose another with --out`);
  }
}

/** Opens the data and refuses what would stop a model only once it is its turn. */
async function openSource({ runs }: Benchmark): Promise<EventSource> {
  const { catalogue, choices } = runs[0]!.config;
  // A seed of its own, so that another list of seeds changes no event.
  const source = catalogue.assemble(EventSource, choices, new Rng(0));
  await source.open();
  try {
    if (source.count('test') === 0) {
      throw new UserError('empty test split: there are no events to sample; name a file in data.test');
    }
    const { partons } = await source.read('test', 0, 1);
    if (Number.isNaN(partons[0])) throw new UserError('missing truth: the test events have none to compare with');
    for (const { label, config } of runs) checkBatch(label, config.training.batchSize, source);
    return source;
  } catch (error) {
    await source.close();
    throw error;
  }
}

function checkBatch(label: string, batchSize: number, source: EventSource): void {
  try {
    checkBatchSize(batchSize, source.count('train'), 1);
  } catch (error) {
    throw isUserError(error) ? new UserError(`${label}: ${error.message}`, { cause: error }) : error;
  }
}

const FLOOR = 'floor';

function tasksOf(runs: readonly PlacedRun[], { options }: Benchmark, plan: SamplingPlan): NamedTask[] {
  const { bootstrap, floor } = options.evaluation;
  const { batch } = options.sampling;
  const models = runs.map(({ label, path }) => ({
    label,
    task: { kind: 'model', run: path, batch, bootstrap } as const,
  }));
  const comparison = { events: plan.events, predictions: plan.events * plan.draws, bootstrap };
  const ofFloor = { label: FLOOR, task: { kind: 'floor', run: runs[0]!.path, ...comparison } as const };
  return floor ? [...models, ofFloor] : models;
}

function finishedRuns(runs: readonly PlacedRun[], outcomes: readonly TaskOutcome[]): FinishedRun[] {
  return runs.flatMap(({ model, seed, label, path }, i) => {
    const { evaluation, ...record } = readRecord(path)!;
    return outcomes[i]!.state === 'done' && evaluation
      ? [{ model, seed, label, path, record: { ...record, evaluation } }]
      : [];
  });
}

function failedTasks(tasks: readonly NamedTask[], outcomes: readonly TaskOutcome[]): FailedRun[] {
  return outcomes.flatMap((outcome, i) =>
    outcome.state === 'failed' ? [{ label: tasks[i]!.label, reason: outcome.reason }] : [],
  );
}

function floorOf(outcomes: readonly TaskOutcome[]): DistanceReport | undefined {
  return outcomes.map((outcome) => (outcome.state === 'done' ? outcome.floor : undefined)).find(Boolean);
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
    const { page, ranked } = await writeBenchmarkReport(join(folder, 'report'), results);
    process.stdout.write(`\n${terminalTable(rankingTable(ranked))}\n`);
    log.info(`benchmark: ${finished.length} trainings in ${duration(seconds)}`);
    log.info(`report: ${page}`);
  }
  for (const { label, reason } of failed) log.warn(`${label} failed: ${reason}`);
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}

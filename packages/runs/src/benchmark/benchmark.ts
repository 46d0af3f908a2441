import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { LEFT_OVER } from '@unfold-zoo/core/files';
import { checkOptions } from '@unfold-zoo/core/options';
import type { z } from 'zod';
import type { ConfigInput, Settings } from '../configs/run-config.js';
import { type Log, silentLog } from '../run/log.js';
import { ownRank } from '../workers/own-rank.js';
import { type FolderContent, removeLeftOvers } from '../writing/owned-files.js';
import { LOCK_FILE, WriteLock } from '../writing/write-lock.js';
import { benchmarkOptions } from './benchmark-options.js';
import { type BenchmarkPlan, readBenchmark } from './config/benchmark-config.js';
import {
  type BenchmarkDiagnoseOptions,
  type BenchmarkDiagnosis,
  diagnoseBenchmark,
} from './diagnosis/diagnose-benchmark.js';
import {
  BENCHMARK_FILE,
  BenchmarkExecution,
  type BenchmarkResult,
  type BenchmarkRunOptions,
  jobsOfRank,
} from './execution.js';
import { openData } from './folder/open-data.js';
import { MEETING_FILE } from './ranks/meeting.js';
import { OtherRanks } from './ranks/other-ranks.js';
import { serveRankZero } from './ranks/serve-rank-zero.js';

/** How a benchmark is opened: options of the schema `benchmarkOptions`, changes to its config, and a log. */
export interface BenchmarkOptions extends Omit<z.input<typeof benchmarkOptions>, 'jobs'> {
  readonly set?: Settings;
  /** Whether plugins that a benchmark or a run from elsewhere names may be loaded; see `ConfigOptions`. */
  readonly trustPlugins?: boolean | undefined;
  readonly log?: Log;
}

/**
 * Opens a benchmark: a file, the name of one that comes along, or an object. Checks the config of every model.
 * @throws UserError that lists every mistake, and for a folder that is not a benchmark's.
 * @example
 * const benchmark = await openBenchmark('quick', { out: 'benchmarks/first' });
 * const { ranking } = await benchmark.run({ jobs: 2, onNote: console.log });
 */
export async function openBenchmark(config: ConfigInput, options: BenchmarkOptions = {}): Promise<Benchmark> {
  const { out, force } = checkOptions(benchmarkOptions, options);
  const plan = await readBenchmark(config, options.set, options);
  const folder = resolve(out ?? join('benchmarks', plan.name));
  checkFolder(folder);
  return new Benchmark(plan, folder, { ...options, force });
}

/** What a benchmark writes beside its runs, its events and its report. */
const BENCHMARK_CONTENT: FolderContent = { files: /^(benchmark\.yaml|floor\.json)$/ };

/** A folder that is new, empty, or a benchmark's. */
function checkFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new UserError(`existing ${folder}: it is a file; expected a folder`);
  const passing: readonly string[] = [LOCK_FILE, MEETING_FILE];
  const others = readdirSync(folder).filter((name) => !passing.includes(name) && !LEFT_OVER.test(name));
  if (others.length > 0 && !others.includes(BENCHMARK_FILE)) {
    throw new UserError(
      (option) => `existing ${folder}: the folder is not a benchmark's; choose another with ${option('out')}`,
    );
  }
}

/**
 * Several models on the same events, in a folder.
 * @example
 * const benchmark = await openBenchmark('quick', { out: 'benchmarks/quick' });
 * await benchmark.run();
 */
export class Benchmark {
  readonly plan: BenchmarkPlan;
  /** Absolute path. */
  readonly folder: string;
  readonly #force: boolean;
  readonly #trustPlugins: boolean;
  readonly #log: Log;

  constructor(plan: BenchmarkPlan, folder: string, options: BenchmarkOptions = {}) {
    const { force = false, trustPlugins = false, log = silentLog } = options;
    this.plan = plan;
    this.folder = folder;
    this.#force = force;
    this.#trustPlugins = trustPlugins;
    this.#log = log;
  }

  /**
   * Diagnoses every trained model, one after the other: many draws for each of some events, unless they are there
   * already, judged event by event.
   * @returns undefined if the signal is aborted; what is drawn is kept, and the next call goes on.
   * @throws UserError for a benchmark of which nothing is trained. What goes wrong with one model is in `failed`.
   * @example
   * const benchmark = await openBenchmark('quick');
   * const diagnosis = await benchmark.diagnose({ events: 500, draws: 50 });
   * if (diagnosis) writeBenchmarkDiagnosis('diagnosis', diagnosis);
   */
  diagnose(options: BenchmarkDiagnoseOptions = {}): Promise<BenchmarkDiagnosis | undefined> {
    const { plan, folder } = this;
    return diagnoseBenchmark({ plan, folder, log: this.#log, trustPlugins: this.#trustPlugins }, options);
  }

  /**
   * Trains, samples and evaluates what is left to do, each model in a process of its own, and writes the report. Of the
   * ranks that a launcher such as mpirun has started, all take part, and the first of them writes: the others get a
   * result without models.
   * @throws UserError for data that cannot be read, settings that changed, and a folder that another benchmark works
   * in.
   */
  async run(options: BenchmarkRunOptions = {}): Promise<BenchmarkResult> {
    if (ownRank() > 0) return this.#serve(options);
    const source = await openData(this.plan.runs);
    try {
      const { plan, folder } = this;
      const [force, trustPlugins] = [this.#force, this.#trustPlugins];
      const parts = { plan, folder, source, options, force, trustPlugins, log: this.#log };
      using lock = await WriteLock.ofFolder(folder, { work: 'running a benchmark', log: this.#log });
      checkFolder(folder);
      removeLeftOvers(folder, BENCHMARK_CONTENT);
      await using ranks = await OtherRanks.expect(folder, options.signal);
      return await new BenchmarkExecution({ ...parts, lock, ranks }).run();
    } finally {
      await source.close();
    }
  }

  async #serve(options: BenchmarkRunOptions): Promise<BenchmarkResult> {
    const started = performance.now();
    const { signal = new AbortController().signal } = options;
    const jobs = jobsOfRank(options, this.plan);
    const outcome = await serveRankZero({ folder: this.folder, jobs, signal, tell: options.onNote });
    return { outcome, finished: [], failed: [], seconds: (performance.now() - started) / 1000 };
  }
}

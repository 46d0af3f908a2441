import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isUserError, UserError } from '@unfold-zoo/core';
import { type Config, isUntrustedCode } from '@unfold-zoo/core/config';
import { removeDraws, topologyTextOf } from '@unfold-zoo/data';
import { readConfigOfRun } from '../../configs/run-config.js';
import type { Log } from '../../run/log.js';
import { rememberOwn } from '../../run/remember-own.js';
import { differences } from '../../run/resuming.js';
import { RunDirectory } from '../../run/run-directory.js';
import { assembleSource } from '../../run/session.js';
import { inputFiles } from '../../writing/input-files.js';
import { WriteLock } from '../../writing/write-lock.js';
import type { BenchmarkRun } from '../config/benchmark-config.js';
import { type RunRecord, readRecord, type SamplingPlan, writeRecord } from './run-record.js';

/** What a benchmark has to do to a run's folder before it goes on with it. */
type Fate = 'begin' | 'go on' | 'train again' | 'sample again';

/** A run and where it lies. */
export interface PlacedRun extends BenchmarkRun {
  readonly path: string;
}

/** What the runs of a benchmark are held against. */
export interface RunChecks {
  readonly plan: SamplingPlan;
  /** Whether runs whose settings changed begin anew. */
  readonly force: boolean;
  /** Whether the events are made anew, so that all runs begin anew. */
  readonly newData: boolean;
  /** Whether plugins that runs which are there already name may be loaded. */
  readonly trustPlugins: boolean;
  readonly log: Log;
}

/** Parts of a config that decide nothing about what a model becomes. */
const HARMLESS = ['metrics', 'reporters', 'evaluators'] as const;

/**
 * Compares what lies in the folders of the runs with what the benchmark says now. Nothing is written before the
 * function that this returns is called: it prepares the folders.
 * @throws UserError that lists every run whose settings changed, unless `force`: then those, and only those, begin
 * anew.
 */
export async function checkRuns(
  runs: readonly PlacedRun[],
  { plan, force, newData, trustPlugins, log }: RunChecks,
): Promise<() => Promise<void>> {
  const found = await Promise.all(runs.map((run) => fateOf(run, plan, trustPlugins)));
  const changes = found.flatMap(({ changes }, i) => changes.map((each) => `changed ${runs[i]!.label}: ${each}`));
  if (changes.length > 0 && !force) {
    throw new UserError((option) => {
      const advice = `choose another folder with ${option('out')}, or do what changed again with ${option('force')}`;
      return `${changes.join('\n')}\n${advice}`;
    });
  }
  const fates = found.map(({ fate }) => (newData ? 'train again' : fate));
  for (const [i, { path }] of runs.entries())
    if (fates[i] === 'train again') new RunDirectory(path).checkReplaceable(true);
  return async () => {
    for (const { config } of runs) rememberOwn(config, log);
    for (const [i, run] of runs.entries()) await prepareFolder(run, fates[i]!, plan, log);
  };
}

async function fateOf(
  { path, config }: PlacedRun,
  plan: SamplingPlan,
  trustPlugins: boolean,
): Promise<{ fate: Fate; changes: string[] }> {
  const directory = new RunDirectory(path);
  if (!existsSync(directory.config)) return { fate: 'begin', changes: [] };
  const changes = await changesOf(directory, config, trustPlugins);
  // Where nothing was trained, e.g. because the config was wrong, nothing is lost.
  if (changes.length > 0) return { fate: 'train again', changes: directory.hasCheckpoint ? changes : [] };
  const before = readRecord(path)?.plan ?? plan;
  const resampling = differences(before, plan).map((each) => `sampling.${each}`);
  return { fate: resampling.length > 0 ? 'sample again' : 'go on', changes: resampling };
}

async function changesOf(directory: RunDirectory, now: Config, trustPlugins: boolean): Promise<string[]> {
  try {
    return differences(identity(await readConfigOfRun(directory.config, { trustPlugins })), identity(now));
  } catch (error) {
    if (!isUserError(error) || isUntrustedCode(error)) throw error;
    return [`its config cannot be read any more: ${error.message}`];
  }
}

function identity({ choices, training, scaling, seed }: Config): Readonly<Record<string, unknown>> {
  const roles = Object.entries(choices).filter(([role]) => !(HARMLESS as readonly string[]).includes(role));
  return { ...Object.fromEntries(roles), training, scaling, seed };
}

async function prepareFolder({ path, config }: PlacedRun, fate: Fate, plan: SamplingPlan, log: Log): Promise<void> {
  const directory = new RunDirectory(path);
  if (fate === 'begin' || fate === 'train again') {
    using _lock = await directory.reserve({ force: true, log });
    const topology = topologyTextOf(assembleSource(config));
    await directory.create({ config: config.resolvedYaml(), topology, inputs: inputFiles(config) }, log);
    writeRecord(path, { plan });
    return;
  }
  using _lock = await directory.lock('preparing its benchmark', log);
  // Its metrics and evaluators may have changed.
  directory.rewriteConfig(config.resolvedYaml());
  const record = readRecord(path) ?? { plan };
  writeRecord(path, fate === 'sample again' ? await withoutDraws(directory, record, plan, log) : record);
}

async function withoutDraws(
  directory: RunDirectory,
  { training }: RunRecord,
  plan: SamplingPlan,
  log: Log,
): Promise<RunRecord> {
  using _lock = await WriteLock.ofOutput(directory.draws, { work: 'sampling', log });
  removeDraws(directory.draws);
  return { plan, ...(training && { training }) };
}

/** Where the runs of a benchmark lie. */
export function placeRuns(runs: readonly BenchmarkRun[], folder: string): PlacedRun[] {
  return runs.map((run) => ({ ...run, path: join(folder, 'runs', run.folder) }));
}

import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isUserError, UserError } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { readRunConfig } from '../../configs/run-config.js';
import { RunDirectory } from '../../run/run-directory.js';
import type { BenchmarkRun } from '../config/benchmark-config.js';
import { type RunRecord, readRecord, type SamplingPlan, writeRecord } from './run-record.js';

/** What a benchmark has to do to a run's folder before it goes on with it. */
type Fate = 'begin' | 'go on' | 'train again' | 'sample again';

/** A run and where it lies. */
export interface PlacedRun extends BenchmarkRun {
  readonly path: string;
}

/** Parts of a config that decide nothing about what a model becomes. */
const HARMLESS = ['metrics', 'reporters'] as const;

/**
 * Compares what lies in the folders of the runs with what the benchmark says now. Nothing is written before the
 * function that this returns is called: it prepares the folders.
 * @throws UserError that lists every run whose settings changed, unless `force`: then those, and only those, begin
 * anew.
 */
export async function checkRuns(
  runs: readonly PlacedRun[],
  { plan, force, newData }: { readonly plan: SamplingPlan; readonly force: boolean; readonly newData: boolean },
): Promise<() => void> {
  const found = await Promise.all(runs.map((run) => fateOf(run, plan)));
  const changes = found.flatMap(({ changes }, i) => changes.map((each) => `changed ${runs[i]!.label}: ${each}`));
  if (changes.length > 0 && !force) {
    throw new UserError((option) => {
      const advice = `choose another folder with ${option('out')}, or do what changed again with ${option('force')}`;
      return `${changes.join('\n')}\n${advice}`;
    });
  }
  return () => {
    for (const [i, run] of runs.entries()) prepareFolder(run, newData ? 'train again' : found[i]!.fate, plan);
  };
}

async function fateOf({ path, config }: PlacedRun, plan: SamplingPlan): Promise<{ fate: Fate; changes: string[] }> {
  const directory = new RunDirectory(path);
  if (!existsSync(directory.config)) return { fate: 'begin', changes: [] };
  const changes = await changesOf(directory, config);
  // Where nothing was trained, e.g. because the config was wrong, nothing is lost.
  if (changes.length > 0) return { fate: 'train again', changes: directory.hasCheckpoint ? changes : [] };
  const before = readRecord(path)?.plan ?? plan;
  const resampling = differences(before, plan).map((each) => `sampling.${each}`);
  return { fate: resampling.length > 0 ? 'sample again' : 'go on', changes: resampling };
}

async function changesOf(directory: RunDirectory, now: Config): Promise<string[]> {
  try {
    return differences(identity(await readRunConfig(directory.config)), identity(now));
  } catch (error) {
    if (!isUserError(error)) throw error;
    return [`its config cannot be read any more: ${error.message}`];
  }
}

function identity({ choices, training, scaling, seed }: Config): Readonly<Record<string, unknown>> {
  const roles = Object.entries(choices).filter(([role]) => !(HARMLESS as readonly string[]).includes(role));
  return { ...Object.fromEntries(roles), training, scaling, seed };
}

/** `training.steps was 800, is 1200`, for every value that differs. */
function differences(before: unknown, now: unknown): string[] {
  const [old, current] = [before, now].map((each) => new Map(leaves(each)));
  const paths = new Set([...old!.keys(), ...current!.keys()]);
  return [...paths].flatMap((path) => {
    const [was, is] = [old, current].map((each) => each!.get(path) ?? 'unset');
    return was === is ? [] : [`${path} was ${was}, is ${is}`];
  });
}

function leaves(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, below]) => leaves(below, path === '' ? key : `${path}.${key}`));
}

function prepareFolder({ path, config }: PlacedRun, fate: Fate, plan: SamplingPlan): void {
  const directory = new RunDirectory(path);
  if (fate === 'begin' || fate === 'train again') {
    directory.reserve({ force: true });
    directory.create(config.resolvedYaml());
    writeRecord(path, { plan });
    return;
  }
  // Its metrics may have changed.
  directory.rewriteConfig(config.resolvedYaml());
  const record = readRecord(path) ?? { plan };
  writeRecord(path, fate === 'sample again' ? withoutDraws(directory, record, plan) : record);
}

function withoutDraws(directory: RunDirectory, { training }: RunRecord, plan: SamplingPlan): RunRecord {
  for (const old of [directory.draws, `${directory.draws}.parts`]) rmSync(old, { recursive: true, force: true });
  return { plan, ...(training && { training }) };
}

/** Where the runs of a benchmark lie. */
export function placeRuns(runs: readonly BenchmarkRun[], folder: string): PlacedRun[] {
  return runs.map((run) => ({ ...run, path: join(folder, 'runs', run.folder) }));
}

import { existsSync, rmSync } from 'node:fs';
import { Evaluator, type EventSource, type RunStart } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { fewEffective, openDraws } from '@unfold-zoo/data';
import { formatEstimate } from '@unfold-zoo/report';
import { drawColumns, drawsOfFile, type FoundDraws } from '../../draws/stored-draws.js';
import { compareDraws, compareFloor } from '../../evaluation/compare-draws.js';
import { runEvaluators } from '../../evaluation/run-evaluators.js';
import { duration } from '../../progress/duration.js';
import type { Progress } from '../../progress/progress.js';
import { openRun } from '../../run/open-run.js';
import type { Run } from '../../run/run.js';
import { ownRank } from '../../workers/own-rank.js';
import { leaveWorkers } from '../../workers/workers.js';
import {
  type Evaluated,
  evaluationSettings,
  isEvaluated,
  type RunRecord,
  readRecord,
  type TrainingCost,
  writeRecord,
} from '../folder/run-record.js';
import { calibrateModel } from './calibrate-model.js';
import type { FloorTask, ModelTask, Telling } from './task.js';

/** The benchmark has read the config of every run by the rules of trust, and has written it. */
const CHECKED = { trustPlugins: true };

/** Compares the truth with an independent truth. */
export async function findFloor({ run: folder, ...comparison }: FloorTask, telling: Telling): Promise<boolean> {
  const run = await openRun(folder, CHECKED);
  const { onProgress } = telling;
  const onWarning = (text: string) => void telling.tell({ type: 'note', text });
  const of = { config: run.config, source: await run.source() };
  const report = await compareFloor({ ...of, ...comparison, onProgress, onWarning });
  await run.close();
  await telling.tell({ type: 'floor', report: report ?? null });
  return true;
}

/** Trains, samples, evaluates and judges single events; false if it was interrupted. The record says what is done. */
export async function workOnModel(task: ModelTask, telling: Telling): Promise<boolean> {
  const { run: folder, batch, bootstrap, calibration: plan } = task;
  const run = await openRun(folder, CHECKED);
  try {
    const sampled = await trainAndSample(run, batch, telling);
    await leaveWorkers();
    if (!sampled) return false;
    if (ownRank() > 0) return true;
    await evaluateModel(run, sampled, bootstrap, telling);
    return plan === undefined || (await calibrateModel(run, { plan, batch }, telling));
  } finally {
    await run.close();
  }
}

async function trainAndSample(run: Run, batch: number, telling: Telling): Promise<RunRecord | undefined> {
  const record = readRecord(run.folder)!;
  const training = record.training ?? (await trainModel(run, telling));
  if (!training) return undefined;
  const trained = { ...record, training };
  keep(run, trained);
  return isSampled(run, trained) ? trained : sampleModel(run, trained, batch, telling);
}

async function trainModel(run: Run, { signal, onProgress, tell }: Telling): Promise<TrainingCost | undefined> {
  let start: RunStart | undefined;
  const onStart = (told: RunStart): void => {
    start = told;
  };
  const { outcome, step, elapsedSeconds } = await run.train({ signal, onProgress, onStart });
  if (outcome === 'interrupted') return undefined;
  const took = `${step} steps in ${duration(elapsedSeconds)}`;
  await tell({ type: 'note', text: outcome === 'finished' ? `trained, ${took}` : `out of time, trained ${took}` });
  return {
    outcome,
    steps: step,
    parameters: start?.parameters ?? 0,
    engine: start?.engine ?? '',
    seconds: elapsedSeconds,
    eventsPerSecond: (step * run.config.training.batchSize) / elapsedSeconds,
    peakMemory: peakMemory(),
  };
}

function isSampled(run: Run, { sampling }: RunRecord): boolean {
  return sampling !== undefined && existsSync(run.draws);
}

async function sampleModel(
  run: Run,
  { plan, training }: RunRecord,
  batch: number,
  telling: Telling,
): Promise<RunRecord | undefined> {
  // Written by a sampling that was killed before it could say so.
  if (ownRank() === 0) rmSync(run.draws, { force: true });
  const started = performance.now();
  let rate = Number.NaN;
  const onProgress = (progress: Progress): void => {
    rate = progress.eventsPerSecond!;
    telling.onProgress(progress);
  };
  const { signal } = telling;
  const { outcome } = await run.sample({ ...plan, batch, resume: true, signal, onProgress });
  if (outcome === 'interrupted') return undefined;
  const seconds = (performance.now() - started) / 1000;
  const sampling = { seconds, eventsPerSecond: rate, peakMemory: peakMemory() };
  const sampled = { plan, ...(training && { training }), sampling };
  keep(run, sampled);
  return sampled;
}

function keep({ folder }: Run, record: RunRecord): void {
  if (ownRank() === 0) writeRecord(folder, record);
}

async function evaluateModel(run: Run, record: RunRecord, bootstrap: number, telling: Telling): Promise<void> {
  const { config } = run;
  const settings = evaluationSettings(config, bootstrap);
  if (isEvaluated(record.evaluation, settings)) return;
  const source = await run.source();
  const file = await openDraws(run.draws);
  try {
    const found = drawsOfFile(file, source.spec);
    const { drawn } = found;
    const columns = drawColumns(file, drawn);
    const { onProgress } = telling;
    const onWarning = (text: string) => void telling.tell({ type: 'note', text });
    if (drawn.weights) fewEffective('the draws', drawn.weights).forEach(onWarning);
    const comparison = { config, source, columns, of: drawn, draws: drawn.draws, bootstrap, floor: false, onWarning };
    const report = await compareDraws({ ...comparison, onProgress });
    const findings = await findingsOf(config, source, found, onWarning);
    writeRecord(run.folder, { ...record, evaluation: { ...settings, report, ...(findings && { findings }) } });
    await telling.tell({ type: 'note', text: `${report.metrics[0]!} ${formatEstimate(report.distances.totals[0]!)}` });
  } finally {
    file.close();
  }
}

/** Tables and verdicts of the config's evaluators; undefined without any, and for draws that are not finite. */
async function findingsOf(
  config: Config,
  source: EventSource,
  { drawn, notFinite }: FoundDraws,
  onWarning: (text: string) => void,
): Promise<Evaluated['findings']> {
  if (!config.choices[Evaluator.key]) return undefined;
  if (notFinite.length > 0) {
    onWarning('evaluators are not run: some draws are not finite');
    return undefined;
  }
  const { tables, verdicts } = await runEvaluators(config, source, drawn);
  return { tables, verdicts };
}

/** Largest resident memory of this process so far, bytes. */
function peakMemory(): number {
  return 1024 * process.resourceUsage().maxRSS;
}

// A child process of a benchmark: works on one model, alone or as one of several workers, and tells its parent how far
// it is. The task is in its arguments, which all workers get.
import { existsSync, rmSync } from 'node:fs';
import { isUserError, type RunStart, type StepRecord } from '@unfold-zoo/core';
import { TrainingDiverged } from '@unfold-zoo/core/training';
import { formatEstimate } from '@unfold-zoo/metrics';
import { type SamplingProgress, sample } from '../commands/sample.js';
import { continueTraining } from '../commands/train.js';
import { compareDraws, compareFloor } from '../compare-draws.js';
import { createLog, type Log } from '../log.js';
import { EXIT } from '../main.js';
import { ownRank } from '../own-rank.js';
import { duration } from '../progress.js';
import { RunDirectory } from '../run-directory.js';
import { readRunConfig } from '../session.js';
import { EndedByAnother, leaveWorkers } from '../workers.js';
import { isEvaluated, type RunRecord, readRecord, type TrainingCost, writeRecord } from './run-record.js';
import type { FloorTask, ModelTask, Task, TaskMessage, TaskProgress } from './task.js';

/** At most so many progress messages a second. */
const MESSAGES_PER_SECOND = 5;

async function work(task: Task): Promise<void> {
  try {
    const finished = task.kind === 'floor' ? await findFloor(task) : await workOnModel(task);
    await leave(finished ? EXIT.ok : EXIT.interrupted, { type: 'done' });
  } catch (error) {
    if (error instanceof EndedByAnother) process.exit(EXIT.failed);
    // The parent hears worker 0 alone, and reads what any other prints.
    if (ownRank() > 0) process.stderr.write(`${reasonOf(error)}\n`);
    await leave(EXIT.failed, { type: 'failed', reason: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isUserError(error) || error instanceof TrainingDiverged ? error.message : (error.stack ?? error.message);
}

function send(message: TaskMessage): Promise<void> {
  return new Promise((resolve) => process.send!(message, undefined, {}, () => resolve()));
}

async function leave(code: number, message: TaskMessage): Promise<void> {
  await send(message);
  process.exit(code);
}

async function findFloor({ run, ...comparison }: FloorTask): Promise<boolean> {
  const config = await readRunConfig(new RunDirectory(run).config);
  const report = await compareFloor({ config, ...comparison, onProgress: tellDistributions() });
  await send({ type: 'floor', report: report ?? null });
  return true;
}

// Returns false if it was interrupted. The record says what is done already.
async function workOnModel({ run, batch, bootstrap }: ModelTask): Promise<boolean> {
  const log = createLog();
  const sampled = await trainAndSample(new RunDirectory(run), batch, log);
  await log.close();
  await leaveWorkers();
  if (!sampled) return false;
  if (ownRank() === 0) await evaluateModel(new RunDirectory(run), sampled, bootstrap);
  return true;
}

async function trainAndSample(directory: RunDirectory, batch: number, log: Log): Promise<RunRecord | undefined> {
  const record = readRecord(directory.path)!;
  const training = record.training ?? (await trainModel(directory, log));
  if (!training) return undefined;
  const trained = { ...record, training };
  keep(directory, trained);
  return isSampled(directory, trained) ? trained : sampleModel(directory, trained, batch, log);
}

async function trainModel(directory: RunDirectory, log: Log): Promise<TrainingCost | undefined> {
  const { training } = await readRunConfig(directory.config);
  const watcher = new TrainingWatcher();
  const result = await continueTraining(directory, log, [watcher]);
  const { outcome, step, elapsedSeconds } = result;
  if (outcome === 'interrupted') return undefined;
  const took = `${step} steps in ${duration(elapsedSeconds)}`;
  log.info(outcome === 'finished' ? `trained: ${took}` : `out of time after ${took}`);
  await send({ type: 'note', text: outcome === 'finished' ? `trained, ${took}` : `out of time, trained ${took}` });
  return {
    outcome,
    steps: step,
    parameters: watcher.parameters,
    engine: watcher.engine,
    seconds: elapsedSeconds,
    eventsPerSecond: (step * training.batchSize) / elapsedSeconds,
    peakMemory: peakMemory(),
  };
}

/** Tells the parent of a training's steps, and remembers what its model is. */
class TrainingWatcher {
  parameters = 0;
  engine = '';
  #start: { readonly step: number; readonly at: number; readonly total: number } | undefined;
  #loss = Number.NaN;
  readonly #tell = throttled();

  onStart({ step, totalSteps, parameters, engine }: RunStart): void {
    this.parameters = parameters;
    this.engine = engine;
    this.#start = { step, at: performance.now(), total: totalSteps };
  }

  onStep({ stage, step, loss, eventsPerSecond }: StepRecord): void {
    const { step: first, at, total } = this.#start!;
    this.#loss = Number.isNaN(this.#loss) ? loss : 0.95 * this.#loss + 0.05 * loss;
    const secondsLeft = ((performance.now() - at) / 1000 / (step - first)) * (total - step);
    this.#tell({ stage, done: step, total, unit: 'steps', eventsPerSecond, loss: this.#loss, secondsLeft });
  }
}

function throttled(): (progress: TaskProgress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (now - last < 1000 / MESSAGES_PER_SECOND && progress.done < progress.total) return;
    last = now;
    void send({ type: 'progress', ...progress });
  };
}

function isSampled(directory: RunDirectory, { sampling }: RunRecord): boolean {
  return sampling !== undefined && existsSync(directory.draws);
}

async function sampleModel(
  directory: RunDirectory,
  { plan, training }: RunRecord,
  batch: number,
  log: Log,
): Promise<RunRecord | undefined> {
  const { draws, events } = plan;
  // Written by a sampling that was killed before it could say so.
  if (ownRank() === 0) rmSync(directory.draws, { force: true });
  const started = performance.now();
  const tell = throttled();
  let rate = Number.NaN;
  const onProgress = ({ done, total, eventsPerSecond }: SamplingProgress): void => {
    rate = eventsPerSecond;
    const secondsLeft = (total - done) / eventsPerSecond;
    tell({ stage: 'sampling', done, total, unit: 'events', eventsPerSecond, secondsLeft });
  };
  const options = { set: [], split: 'test', draws, events, batch, checkpoint: 'latest', resume: true, onProgress };
  if (!(await sample(directory, options, log))) return undefined;
  const seconds = (performance.now() - started) / 1000;
  const sampling = { seconds, eventsPerSecond: rate, peakMemory: peakMemory() };
  const sampled = { plan, ...(training && { training }), sampling };
  keep(directory, sampled);
  return sampled;
}

function keep({ path }: RunDirectory, record: RunRecord): void {
  if (ownRank() === 0) writeRecord(path, record);
}

async function evaluateModel(directory: RunDirectory, record: RunRecord, bootstrap: number): Promise<void> {
  const config = await readRunConfig(directory.config);
  const metrics = config.choices['metrics'];
  if (isEvaluated(record.evaluation, bootstrap, metrics)) return;
  const onProgress = tellDistributions();
  const { distances: report } = await compareDraws({
    config,
    draws: directory.draws,
    bootstrap,
    floor: false,
    onProgress,
  });
  writeRecord(directory.path, { ...record, evaluation: { bootstrap, metrics, report } });
  await send({ type: 'note', text: `${report.metrics[0]!} ${formatEstimate(report.distances.totals[0]!)}` });
}

function tellDistributions(): (done: number, total: number) => void {
  const tell = throttled();
  const started = performance.now();
  return (done, total) => {
    const secondsLeft = ((performance.now() - started) / 1000 / done) * (total - done);
    tell({ stage: 'evaluating', done, total, unit: 'distributions', secondsLeft });
  };
}

/** Largest resident memory of this process so far, bytes. */
function peakMemory(): number {
  return 1024 * process.resourceUsage().maxRSS;
}

// Without a parent nobody wants the result; what is not in a checkpoint yet is done again.
process.once('disconnect', () => process.exit(EXIT.failed));
process.channel?.unref();
await work(JSON.parse(process.argv[2]!) as Task);

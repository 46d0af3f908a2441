import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type Communicator, type HostEvents, Sampler, type Split, UserError, version } from '@unfold-zoo/core';
import { sequentialBatches } from '@unfold-zoo/core/events';
import { checkOverwritesNoInput } from '@unfold-zoo/core/files';
import { checkOptions } from '@unfold-zoo/core/options';
import { turnOfEvents } from '@unfold-zoo/core/training';
import {
  type DrawPlan,
  DrawStore,
  hasParts,
  partonMomenta,
  partsFolder,
  removeDraws,
  removeLeftOversOf,
} from '@unfold-zoo/data';
import { adviseOnFailure } from '@unfold-zoo/distributed';
import { duration } from '../progress/duration.js';
import type { RunLog } from '../run/log.js';
import type { RunDirectory } from '../run/run-directory.js';
import { assembleSampler, type Session } from '../run/session.js';
import { allOrNone, anyOf, onRankZero, total } from '../workers/workers.js';
import { WriteLock } from '../writing/write-lock.js';
import { drawMomenta, streamOfDraws } from './draw-momenta.js';
import type { DrawingModel } from './drawing-model.js';
import { type CheckedSampleOptions, type SampleOptions, sampleOptions } from './sample-options.js';

/** How a sampling ended. */
export interface SamplingResult {
  /** The file that is written, or will be when the sampling has gone on to its end. */
  readonly file: string;
  readonly outcome: 'finished' | 'interrupted';
  /** Events whose draws are stored. */
  readonly events: number;
}

/** Of what, with what and where to. */
export interface Sampling {
  readonly directory: RunDirectory;
  readonly communicator: Communicator;
  readonly log: RunLog;
  /** Files that the run reads, which are never overwritten. */
  inputs(): readonly string[];
  /** Opens the session of this worker and loads the model. */
  open(checkpoint: string): Promise<{ readonly session: Session; readonly drawing: DrawingModel }>;
}

/**
 * Draws for the events of a split and writes them to an HDF5 file: collective. Several workers take the batches in turn
 * and draw what one alone would draw.
 */
export async function sampleToFile(sampling: Sampling, given: SampleOptions): Promise<SamplingResult> {
  const options = { ...given, ...checkOptions(sampleOptions, given) };
  const { directory, communicator, log } = sampling;
  const path = options.out === undefined ? directory.draws : resolve(options.out);
  let lock: WriteLock | undefined;
  await onRankZero(communicator, async () => {
    checkOverwritesNoInput([path], sampling.inputs());
    lock = await WriteLock.ofOutput(path, { work: 'sampling', log });
  });
  try {
    await onRankZero(communicator, () => {
      checkFree(path, options);
      removeLeftOversOf(path);
    });
    return await sampleLocked(sampling, path, options);
  } finally {
    lock?.release();
  }
}

/** The same, when no other process writes the file. */
async function sampleLocked(sampling: Sampling, path: string, options: CheckedSampleOptions): Promise<SamplingResult> {
  const { communicator, log } = sampling;
  const prepared = await allOrNone(communicator, () => prepare(sampling, options));
  const { plan, split } = prepared;
  const store = await openStore(path, prepared, options);
  log.info(`sampling ${plan.draws} x ${plan.events} ${split} events with ${basename(prepared.drawing.checkpoint)}`);
  if (communicator.rank === 0) adviseOnFailure('go on with the same command and --resume');
  const started = performance.now();
  const { finished, cut } = await fill(store, prepared, options);
  if (!finished) {
    log.info(`stopped after ${store.done} of ${plan.events} events; go on with the same command and --resume`);
    return { file: path, outcome: 'interrupted', events: store.done };
  }
  if (communicator.rank === 0) await store.finish();
  if (cut > 0)
    log.warn(`${cut} drawn energies were above 1 PeV and are stored as 1 PeV: the model needs more training`);
  log.info(`wrote ${path} in ${duration((performance.now() - started) / 1000)}`);
  return { file: path, outcome: 'finished', events: plan.events };
}

/** Everything that sampling needs. */
interface PreparedSampling {
  readonly session: Session;
  readonly drawing: DrawingModel;
  readonly split: Split;
  readonly seed: number;
  readonly batch: number;
  readonly plan: DrawPlan;
}

// Everything that a mistake in config or data can stop, before anything is written.
async function prepare(sampling: Sampling, options: CheckedSampleOptions): Promise<PreparedSampling> {
  const { communicator, log } = sampling;
  const { split, draws, checkpoint } = options;
  const { session, drawing } = await sampling.open(checkpoint);
  if (communicator.world > 1) log.info(`parallel: ${communicator.label}`);
  log.info(`engine: ${session.engine.label}`);
  const events = Math.min(options.events ?? Number.POSITIVE_INFINITY, session.source.count(split));
  if (events === 0) throw emptySplit(split);
  const { batch, seed = session.config.seed } = options;
  const plan = await drawPlan({ session, drawing, split, events, draws, seed });
  return { session, drawing, split, seed, batch, plan };
}

/** What is wrong with a split that has no events. */
export function emptySplit(split: Split): UserError {
  const advice = split === 'test' ? 'name a file with --set data.test=events.h5' : 'choose another with --split';
  return new UserError(`empty ${split} split: there are no events to sample; ${advice}`);
}

/** The store as rank 0 finds it, and how far it is. */
async function openStore(
  path: string,
  { session, plan }: PreparedSampling,
  { force }: CheckedSampleOptions,
): Promise<DrawStore> {
  const { communicator } = session;
  const isRankZero = communicator.rank === 0;
  const opened = await allOrNone(communicator, () => {
    if (!isRankZero) return DrawStore.openedByAnother(path, plan);
    if (force) removeDraws(path);
    return DrawStore.open(path, plan);
  });
  const done = await total(communicator, opened.done);
  if (!isRankZero) opened.count(done);
  return opened;
}

// A finished file or the parts of an interrupted sampling are never overwritten unasked.
function checkFree(path: string, { resume, force }: CheckedSampleOptions): void {
  const exists = existsSync(path);
  if (exists && statSync(path).isDirectory())
    throw new UserError(`existing ${path}: it is a folder; expected a file to write`);
  if (force) return;
  const isInterrupted = hasParts(path);
  // A process that is killed in its last moment leaves both.
  if (exists && !(resume && isInterrupted))
    throw new UserError(`existing ${path}: choose another with --out, or replace it with --force`);
  if (isInterrupted && !resume) {
    throw new UserError(
      `interrupted sampling in ${partsFolder(path)}: go on with --resume, or start again with --force`,
    );
  }
}

async function drawPlan(from: {
  session: Session;
  drawing: DrawingModel;
  split: Split;
  events: number;
  draws: number;
  seed: number;
}): Promise<DrawPlan> {
  const { session, drawing, split, events, draws, seed } = from;
  const { spec, scaling, hash } = drawing;
  const first = await session.source.read(split, 0, 1);
  const sampler = assembleSampler(session.config, spec, scaling);
  return {
    spec,
    events,
    draws,
    truth: session.source.hasTruth(split),
    weights: first.weights !== undefined,
    identity: {
      split,
      seed,
      data: JSON.stringify(session.config.choices['data']),
      checkpoint: hash,
      ...(sampler && { sampler: JSON.stringify(session.config.choices[Sampler.key]) }),
    },
    attributes: {
      generator: `unfold-zoo ${version}`,
      model: session.config.name ?? 'model',
      batchIndependent: String(sampler?.batchIndependent ?? true),
    },
  };
}

/** How far a store was filled. */
interface Filled {
  /** False if it was interrupted. */
  readonly finished: boolean;
  /** Energies that were cut. */
  readonly cut: number;
}

async function fill(store: DrawStore, prepared: PreparedSampling, options: CheckedSampleOptions): Promise<Filled> {
  const { session, plan, batch } = prepared;
  const { events } = plan;
  const { signal, onProgress } = options;
  const { communicator } = session;
  const { done } = store;
  const batches = sequentialBatches(session.source, prepared.split, {
    batchSize: batch,
    start: done,
    limit: events - done,
    rank: communicator.rank,
    world: communicator.world,
  });
  let cut = 0;
  const tell = samplingProgress(done, events, onProgress);
  try {
    while (store.done < events) {
      await turnOfEvents();
      if (await anyOf(communicator, signal?.aborted === true)) return { finished: false, cut };
      await allOrNone(communicator, async () => {
        const { value: host } = await batches.next();
        if (host) cut += await drawAndStore(prepared, host, store.done + communicator.rank * batch, store);
      });
      for (let i = 0; i < communicator.world && store.done < events; i++) {
        store.count(Math.min(batch, events - store.done));
      }
      tell(store.done);
    }
    return { finished: true, cut: await total(communicator, cut) };
  } finally {
    await batches.return(undefined);
  }
}

/** Tells how far a sampling is of which `before` events were there when it began. */
export function samplingProgress(
  before: number,
  events: number,
  onProgress: SampleOptions['onProgress'],
): (done: number) => void {
  const started = performance.now();
  return (done) => {
    const eventsPerSecond = (1000 * (done - before)) / (performance.now() - started);
    const secondsLeft = (events - done) / eventsPerSecond;
    onProgress?.({ stage: 'sampling', done, total: events, unit: 'events', eventsPerSecond, secondsLeft });
  };
}

/** Draws for a batch that begins with event `first` and stores it; returns how many energies were cut. */
async function drawAndStore(
  { session, drawing, seed, plan, batch }: PreparedSampling,
  host: HostEvents,
  first: number,
  store: DrawStore,
): Promise<number> {
  const rng = streamOfDraws(session.rng, seed);
  const { momenta, cut } = await drawMomenta(drawing, host, { first, draws: plan.draws, rng, rowsAtOnce: batch });
  const { size, weights, partons } = host;
  // Collision data have no truth.
  const truth = partons ? { truth: partonMomenta(partons) } : {};
  store.write(first, { size, draws: momenta, ...truth, ...(weights ? { weights } : {}) });
  return cut;
}

import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import {
  type Communicator,
  ConditionEncoder,
  Denoiser,
  type EventSource,
  GenerativeModel,
  type HostEvents,
  LatentCodec,
  NoiseSchedule,
  Sampler,
  type Split,
  UserError,
  version,
} from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { logEnergyLimit, readEvents, sequentialBatches } from '@unfold-zoo/core/events';
import { checkOverwritesNoInput } from '@unfold-zoo/core/files';
import { checkOptions } from '@unfold-zoo/core/options';
import { turnOfEvents } from '@unfold-zoo/core/training';
import {
  type DrawPlan,
  DrawStore,
  hasParts,
  partonMomenta,
  partsFolder,
  type ReadCarried,
  removeDraws,
  removeLeftOversOf,
  unlikeTraining,
  writableFormatOf,
} from '@unfold-zoo/data';
import { adviseOnFailure } from '@unfold-zoo/distributed';
import { drawingSeeds } from '../configs/drawing-seeds.js';
import { countFrom } from '../events/count-from.js';
import { duration } from '../progress/duration.js';
import type { RunLog } from '../run/log.js';
import type { RunDirectory } from '../run/run-directory.js';
import { assembleSampler, chosenRepresentation, type Session } from '../run/session.js';
import { allOrNone, anyOf, onRankZero, total } from '../workers/workers.js';
import { WriteLock } from '../writing/write-lock.js';
import { carriedReader } from './carried-reader.js';
import { type DrawnMomenta, drawMomenta, streamOfDraws } from './draw-momenta.js';
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
 * Draws for the events of a split and writes them to a file: collective. Several workers take the batches in turn
 * and draw what one alone would draw.
 * @param reuse whether the very same draws are taken if they are there, whole or in part, and others are replaced.
 */
export async function sampleToFile(
  sampling: Sampling,
  given: SampleOptions,
  { reuse = false }: { readonly reuse?: boolean } = {},
): Promise<SamplingResult> {
  const options = { ...given, ...checkOptions(sampleOptions, given), reuse };
  const { directory, communicator, log } = sampling;
  const path = options.out === undefined ? directory.draws : resolve(options.out);
  let lock: WriteLock | undefined;
  await onRankZero(communicator, async () => {
    checkOverwritesNoInput([path], sampling.inputs());
    writableFormatOf(path);
    lock = await WriteLock.ofOutput(path, { work: 'sampling', log });
  });
  try {
    await onRankZero(communicator, () => {
      if (!reuse) checkFree(path, options);
      removeLeftOversOf(path);
    });
    return await sampleLocked(sampling, path, options);
  } finally {
    lock?.release();
  }
}

/** Options of a sampling that may find its draws made. */
type ReusingOptions = CheckedSampleOptions & { readonly reuse: boolean };

const HOW_TO_GO_ON = 'sample again with resume to go on';

/** The same, when no other process writes the file. */
async function sampleLocked(sampling: Sampling, path: string, options: ReusingOptions): Promise<SamplingResult> {
  const { communicator, log } = sampling;
  const prepared = await allOrNone(communicator, () => prepare(sampling, options));
  const { plan, split } = prepared;
  const there = options.reuse && !options.force ? await DrawStore.find(path, plan) : 'nothing';
  if (there === 'all') {
    log.info(`draws: those of ${path}`);
    return { file: path, outcome: 'finished', events: plan.events };
  }
  await warnOfData(prepared, log);
  const store = await openStore(path, prepared, there === 'other' ? { ...options, force: true } : options);
  log.info(`sampling ${plan.draws} x ${plan.events} ${split} events with ${basename(prepared.drawing.checkpoint)}`);
  if (communicator.rank === 0) adviseOnFailure(HOW_TO_GO_ON);
  const started = performance.now();
  const { finished, cut, notFinite } = await fill(store, prepared, options, log);
  if (!finished) {
    log.info(`stopped after ${store.done} of ${plan.events} events; ${HOW_TO_GO_ON}`);
    return { file: path, outcome: 'interrupted', events: store.done };
  }
  if (communicator.rank === 0) await store.finish(prepared.carry);
  if (cut > 0) log.warn(cutNote(cut, prepared.drawing));
  if (notFinite > 0)
    log.warn(
      `the draws of ${notFinite} of ${plan.events} events hold numbers that are not finite and stay as they are; ` +
        'evaluate leaves these events out: the model needs more training, or the events are far from those it has seen',
    );
  log.info(`wrote ${path} in ${duration((performance.now() - started) / 1000)}`);
  return { file: path, outcome: 'finished', events: plan.events };
}

/** Says so where the detector saw other events than the model was trained on. */
async function warnOfData({ session, drawing, split }: PreparedSampling, log: RunLog): Promise<void> {
  const { communicator, source } = session;
  if (split === 'train') return;
  await onRankZero(communicator, async () => {
    for (const warning of await unlikeTraining(source, split, drawing.scaling)) log.warn(warning);
  });
}

function cutNote(cut: number, { scaling }: DrawingModel): string {
  const limit = `${Number(Math.exp(logEnergyLimit(scaling)).toPrecision(3))} GeV`;
  return (
    `${cut} drawn energies were above ${limit}, far beyond all training events, and are stored as ${limit}: ` +
    'the model needs more training'
  );
}

/** Everything that sampling needs. */
interface PreparedSampling {
  readonly session: Session;
  readonly drawing: DrawingModel;
  readonly split: Split;
  readonly seed: number;
  readonly batch: number;
  readonly plan: DrawPlan;
  readonly carry: ReadCarried | undefined;
}

// Everything that a mistake in config or data can stop, before anything is written.
async function prepare(sampling: Sampling, options: CheckedSampleOptions): Promise<PreparedSampling> {
  const { communicator, log } = sampling;
  const { split, draws, checkpoint } = options;
  const { session, drawing } = await sampling.open(checkpoint);
  if (communicator.world > 1) log.info(`parallel: ${communicator.label}`);
  log.info(`engine: ${session.engine.label}`);
  const { start } = options;
  const events = eventsToDraw(session.source, options);
  const { batch, seed = session.config.seed } = options;
  const carry = await carriedReader(session.source, split, options.carry);
  const plan = await drawPlan({ session, drawing, split, start, events, draws, seed, carry: options.carry });
  return { session, drawing, split, seed, batch, plan, carry };
}

/**
 * How many events are drawn for: those that are asked for, as far as the split has them.
 * @throws UserError for a split without events, and one that ends before the first of them.
 */
export function eventsToDraw(
  source: EventSource,
  { split, ...range }: Pick<CheckedSampleOptions, 'split' | 'start' | 'events'>,
): number {
  const count = source.count(split);
  if (count === 0) throw emptySplit(split);
  return countFrom(count, range, `the ${split} split has`);
}

function emptySplit(split: Split): UserError {
  return new UserError((option) => {
    const advice =
      split === 'test' ? `name a file as data.test with ${option('set')}` : `choose another with ${option('split')}`;
    return `empty ${split} split: there are no events to sample; ${advice}`;
  });
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
    throw new UserError(
      (option) => `existing ${path}: choose another with ${option('out')}, or replace it with ${option('force')}`,
    );
  if (isInterrupted && !resume) {
    throw new UserError(
      (option) =>
        `interrupted sampling in ${partsFolder(path)}: go on with ${option('resume')}, or start again with ` +
        option('force'),
    );
  }
}

async function drawPlan(from: {
  session: Session;
  drawing: DrawingModel;
  split: Split;
  start: number;
  events: number;
  draws: number;
  seed: number;
  carry: readonly string[];
}): Promise<DrawPlan> {
  const { session, drawing, split, start, events, draws, seed, carry } = from;
  const { spec, scaling, hash } = drawing;
  const first = await readEvents(session.source, split, 0, 1);
  const sampler = assembleSampler(session.config, spec, scaling);
  const members = drawingSeeds(session.config);
  return {
    spec,
    start,
    events,
    draws,
    truth: session.source.hasTruth(split),
    weights: first.weights !== undefined,
    identity: {
      split,
      seed,
      data: JSON.stringify(session.config.choices['data']),
      checkpoint: hash,
      settings: JSON.stringify(modelChoices(session.config)),
      ...(members && { ensemble: members.join(' ') }),
      ...(sampler && { sampler: JSON.stringify(session.config.choices[Sampler.key]) }),
      ...(carry.length > 0 && { carry: carry.join(', ') }),
    },
    attributes: {
      generator: `unfold-zoo ${version}`,
      model: session.config.name ?? 'model',
      batchIndependent: String(sampler?.batchIndependent ?? true),
    },
  };
}

/** What a config says of the model whose weights a checkpoint has: some options act when it draws. */
function modelChoices({ choices }: Config): Readonly<Record<string, unknown>> {
  const roles = [GenerativeModel, ConditionEncoder, LatentCodec, NoiseSchedule, Denoiser];
  const representation = chosenRepresentation({ choices });
  return {
    ...Object.fromEntries(roles.map(({ key }) => [key, choices[key]])),
    ...(representation && { representation }),
  };
}

/** How far a store was filled. */
interface Filled {
  /** False if it was interrupted. */
  readonly finished: boolean;
  /** Energies that were cut. */
  readonly cut: number;
  /** Events with draws that are not finite. */
  readonly notFinite: number;
}

async function fill(
  store: DrawStore,
  prepared: PreparedSampling,
  options: CheckedSampleOptions,
  log: RunLog,
): Promise<Filled> {
  const { session, plan, batch } = prepared;
  const { events, start = 0 } = plan;
  const { signal, onProgress } = options;
  const { communicator } = session;
  const { done } = store;
  const batches = sequentialBatches(session.source, prepared.split, {
    batchSize: batch,
    start: start + done,
    limit: events - done,
    rank: communicator.rank,
    world: communicator.world,
  });
  let [cut, notFinite] = [0, 0];
  const tell = samplingProgress(done, events, onProgress);
  try {
    while (store.done < events) {
      await turnOfEvents();
      if (await anyOf(communicator, signal?.aborted === true)) return { finished: false, cut, notFinite };
      await allOrNone(communicator, async () => {
        const { value: host } = await batches.next();
        if (!host) return;
        const first = store.done + communicator.rank * batch;
        const drawn = await drawAndStore(prepared, host, first, store);
        cut += drawn.cut;
        notFinite += warnOfEvents(
          drawn.notFinite,
          { first: start + first, already: notFinite, draws: plan.draws },
          log,
        );
      });
      for (let i = 0; i < communicator.world && store.done < events; i++) {
        store.count(Math.min(batch, events - store.done));
      }
      tell(store.done);
    }
    return { finished: true, cut: await total(communicator, cut), notFinite: await total(communicator, notFinite) };
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

/** Events whose draws are not finite are named up to this many; the number of all is told in the end. */
const MOST_NAMED = 5;

/** Names events whose draws are not finite; returns how many there are. */
function warnOfEvents(
  notFinite: Uint32Array,
  { first, already, draws }: { readonly first: number; readonly already: number; readonly draws: number },
  log: RunLog,
): number {
  let found = 0;
  for (const [event, count] of notFinite.entries()) {
    if (count === 0) continue;
    if (already + found < MOST_NAMED)
      log.warn(`event ${first + event}: ${count} of ${draws} draws hold numbers that are not finite`);
    found++;
  }
  return found;
}

/** Draws for a batch that begins with the `first` event of the plan and stores it. */
async function drawAndStore(
  { session, drawing, seed, plan, batch }: PreparedSampling,
  host: HostEvents,
  first: number,
  store: DrawStore,
): Promise<Pick<DrawnMomenta, 'cut' | 'notFinite'>> {
  const rng = streamOfDraws(session.rng, seed);
  const { momenta, cut, notFinite } = await drawMomenta(drawing, host, {
    first: (plan.start ?? 0) + first,
    draws: plan.draws,
    rng,
    rowsAtOnce: batch,
  });
  const { size, weights, partons } = host;
  // Collision data have no truth.
  const truth = partons ? { truth: partonMomenta(partons) } : {};
  store.write(first, { size, draws: momenta, ...truth, ...(weights ? { weights } : {}) });
  return { cut, notFinite };
}

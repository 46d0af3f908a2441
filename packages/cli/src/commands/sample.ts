import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Communicator,
  type EventScaling,
  type GenerativeModel,
  type HostEvents,
  type Observation,
  QUANTITIES,
  type Rng,
  SPLITS,
  type Split,
  UserError,
  version,
} from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { sequentialBatches, toObservation, unscalePartons } from '@unfold-zoo/core/events';
import { LOG_ENERGY_LIMIT } from '@unfold-zoo/core/losses';
import { loadWeights, turnOfEvents } from '@unfold-zoo/core/training';
import { type DrawPlan, DrawStore, momentaOf } from '@unfold-zoo/data';
import { adviseOnFailure } from '@unfold-zoo/distributed';
import { interruption } from '../interruption.js';
import { createLog, type Log } from '../log.js';
import { EXIT } from '../main.js';
import { duration, progressBar } from '../progress.js';
import { RunDirectory } from '../run-directory.js';
import { openSession, readRunConfig, type Session } from '../session.js';
import { anyOf, joinWorkers, onFirst, together, total } from '../workers.js';

/** Options of `unfold sample`. */
export interface SampleOptions {
  readonly set: readonly string[];
  readonly out?: string;
  readonly split: string;
  readonly draws: number;
  readonly events?: number;
  readonly batch: number;
  readonly checkpoint: string;
  readonly seed?: number;
  readonly resume?: boolean;
  readonly force?: boolean;
  /** Told after each batch. */
  readonly onProgress?: (progress: SamplingProgress) => void;
}

/** How far a sampling is. */
export interface SamplingProgress {
  readonly done: number;
  readonly total: number;
  /** Of those sampled by this process. */
  readonly eventsPerSecond: number;
}

/** `unfold sample <run>`. */
export async function sampleCommand(run: string, options: SampleOptions): Promise<void> {
  const log = createLog();
  const finished = await sample(new RunDirectory(run), options, log);
  if (!finished) process.exitCode = EXIT.interrupted;
  await log.close();
}

/**
 * Draws for the events of a split and writes them to an HDF5 file. False if Ctrl-C came first. Several workers take the
 * batches in turn and draw what one alone would draw.
 */
export async function sample(directory: RunDirectory, options: SampleOptions, log: Log): Promise<boolean> {
  directory.checkExists();
  const split = checkSplit(options.split);
  const path = options.out === undefined ? directory.draws : resolve(options.out);
  const config = await readRunConfig(directory.config, options.set);
  const communicator = await joinWorkers(config);
  await onFirst(communicator, () => checkFree(path, options));
  const prepared = await together(communicator, () =>
    prepare({ directory, options, split, config, communicator, log }),
  );
  const { session, model } = prepared;
  try {
    const store = await openStore(path, prepared, options);
    log.info(
      `sampling ${options.draws} x ${prepared.plan.events} ${split} events with ${basename(prepared.checkpoint)}`,
    );
    if (communicator.rank === 0) adviseOnFailure('go on with the same command and --resume');
    const started = performance.now();
    const { finished, cut } = await fill(store, prepared, options, log);
    if (!finished) {
      const { events } = prepared.plan;
      log.info(`stopped after ${store.done} of ${events} events; go on with the same command and --resume`);
      return false;
    }
    if (communicator.rank === 0) await store.finish();
    if (cut > 0)
      log.warn(`${cut} drawn energies were above 1 PeV and are stored as 1 PeV: the model needs more training`);
    log.info(`wrote ${path} in ${duration((performance.now() - started) / 1000)}`);
    return true;
  } finally {
    model.dispose();
    await session.source.close();
  }
}

/** Everything that sampling needs. */
interface Prepared {
  readonly session: Session;
  readonly model: GenerativeModel;
  readonly scaling: EventScaling;
  readonly split: Split;
  readonly seed: number;
  readonly checkpoint: string;
  readonly plan: DrawPlan;
}

interface Preparation {
  readonly directory: RunDirectory;
  readonly options: SampleOptions;
  readonly split: Split;
  readonly config: Config;
  readonly communicator: Communicator;
  readonly log: Log;
}

// Everything that a mistake in config or data can stop, before anything is written.
async function prepare({ directory, options, split, config, communicator, log }: Preparation): Promise<Prepared> {
  const { content: weights, path: checkpoint } = directory.samplingWeights(options.checkpoint, log);
  log.writeTo(directory.path);
  const session = await openSession(config, communicator);
  try {
    if (communicator.world > 1) log.info(`parallel: ${communicator.label}`);
    log.info(`engine: ${session.engine.label}`);
    const { scaling } = directory;
    if (!scaling) throw new UserError(`missing ${join(directory.path, 'scaling.json')}: the run is not complete`);
    const model = session.model(scaling);
    loadWeights(model, weights, checkpoint);
    const events = Math.min(options.events ?? Number.POSITIVE_INFINITY, session.source.count(split));
    if (events === 0)
      throw new UserError(`empty ${split} split: there are no events to sample; ${howToSetData(split)}`);
    const seed = options.seed ?? config.seed;
    const plan = await drawPlan({ session, split, events, draws: options.draws, checkpoint, seed });
    return { session, model, scaling, split, seed, checkpoint, plan };
  } catch (error) {
    await session.source.close();
    throw error;
  }
}

/** The store as worker 0 finds it, and how far it is. */
async function openStore(path: string, { session, plan }: Prepared, { force }: SampleOptions): Promise<DrawStore> {
  const { communicator } = session;
  const isFirst = communicator.rank === 0;
  const opened = await together(communicator, () => {
    if (!isFirst) return DrawStore.openedByAnother(path, plan);
    if (force) clear(path);
    return DrawStore.open(path, plan);
  });
  const done = await total(communicator, opened.done);
  if (!isFirst) opened.count(done);
  return opened;
}

/**
 * Energies above 1 PeV become 1 PeV; returns how many. A model regresses ln E, and an untrained one may ask for an energy
 * that float32 cannot hold.
 */
function cutEnergies(momenta: Float32Array): number {
  const limit = Math.exp(LOG_ENERGY_LIMIT);
  let cut = 0;
  for (let i = QUANTITIES.indexOf('logE'); i < momenta.length; i += QUANTITIES.length) {
    if (momenta[i]! <= limit) continue;
    momenta[i] = limit;
    cut++;
  }
  return cut;
}

function checkSplit(split: string): Split {
  const found = SPLITS.find((name) => name === split);
  if (found) return found;
  throw new UserError(`unknown --split ${split}: expected one of ${SPLITS.join(', ')}`);
}

function howToSetData(split: Split): string {
  return split === 'test' ? 'name a file with --set data.test=events.h5' : 'choose another with --split';
}

// A finished file or the parts of an interrupted sampling are never overwritten unasked.
function checkFree(path: string, { resume = false, force = false }: SampleOptions): void {
  const exists = existsSync(path);
  if (exists && statSync(path).isDirectory())
    throw new UserError(`existing ${path}: it is a folder; expected a file to write`);
  if (force) return;
  if (exists) throw new UserError(`existing ${path}: choose another with --out, or replace it with --force`);
  const parts = partsOf(path);
  if (existsSync(parts) && !resume) {
    throw new UserError(`interrupted sampling in ${parts}: go on with --resume, or start again with --force`);
  }
}

function clear(path: string): void {
  rmSync(path, { force: true });
  rmSync(partsOf(path), { recursive: true, force: true });
}

function partsOf(path: string): string {
  return `${path}.parts`;
}

async function drawPlan(from: {
  session: Session;
  split: Split;
  events: number;
  draws: number;
  checkpoint: string;
  seed: number;
}): Promise<DrawPlan> {
  const { session, split, events, draws, checkpoint, seed } = from;
  const { spec } = session.source;
  const first = await session.source.read(split, 0, 1);
  const weightsFile = readFileSync(join(checkpoint, 'weights.safetensors'));
  return {
    spec,
    events,
    draws,
    truth: !Number.isNaN(first.partons[0]),
    weights: first.weights !== undefined,
    identity: {
      split,
      seed,
      data: JSON.stringify(session.config.choices['data']),
      checkpoint: createHash('sha256').update(weightsFile).digest('hex'),
    },
    attributes: { generator: `unfold-zoo ${version}`, model: session.config.name ?? 'model' },
  };
}

/** How a sampling ended. */
interface Filled {
  /** False if it was interrupted. */
  readonly finished: boolean;
  /** Energies that were cut. */
  readonly cut: number;
}

async function fill(store: DrawStore, prepared: Prepared, options: SampleOptions, log: Log): Promise<Filled> {
  const { session, split, plan } = prepared;
  const { events } = plan;
  const { batch, onProgress } = options;
  const { communicator } = session;
  const { signal, release } = interruption(log);
  const bar = progressBar('sampling {bar} {value}/{total} events · {rate} events/s · {left} left');
  const { done } = store;
  const batches = sequentialBatches(session.source, split, {
    batchSize: batch,
    start: done,
    limit: events - done,
    rank: communicator.rank,
    world: communicator.world,
  });
  const batchSampler = new BatchSampler(prepared, options.draws);
  const started = performance.now();
  bar.start(events, done, { rate: '-', left: '-' });
  try {
    while (store.done < events) {
      await turnOfEvents();
      if (await anyOf(communicator, signal.aborted)) return { finished: false, cut: batchSampler.cut };
      await together(communicator, async () => {
        const { value: host } = await batches.next();
        if (host) await batchSampler.store(host, store.done + communicator.rank * batch, store);
      });
      for (let i = 0; i < communicator.world && store.done < events; i++) {
        store.count(Math.min(batch, events - store.done));
      }
      const rate = (1000 * (store.done - done)) / (performance.now() - started);
      onProgress?.({ done: store.done, total: events, eventsPerSecond: rate });
      bar.update(store.done, { rate: Math.round(rate), left: duration((events - store.done) / rate) });
    }
    return { finished: true, cut: await total(communicator, batchSampler.cut) };
  } finally {
    await batches.return(undefined);
    bar.stop();
    release();
  }
}

/** Draws for batches of events. */
class BatchSampler {
  readonly #prepared: Prepared;
  readonly #draws: number;
  /** Energies that were cut so far. */
  cut = 0;

  constructor(prepared: Prepared, draws: number) {
    this.#prepared = prepared;
    this.#draws = draws;
  }

  /** Draws for a batch that begins with event `first` and stores it. What is drawn depends on that number alone. */
  async store(host: HostEvents, first: number, store: DrawStore): Promise<void> {
    const { model, session, scaling, seed } = this.#prepared;
    const observed = toObservation(host, session.source.spec, scaling);
    const rng = session.rng.fork(`draws ${seed}`).fork(`events ${first}`);
    const unscale = (partons: Float32Array): Float32Array => {
      const momenta = momentaOf(unscalePartons(scaling, partons));
      this.cut += cutEnergies(momenta);
      return momenta;
    };
    const draws = await drawBatch(model, observed, { draws: this.#draws, rng, unscale });
    const { size, weights, partons } = host;
    // Collision data have no truth: it reads as NaN.
    const truth = Number.isNaN(partons[0]) ? {} : { truth: momentaOf(partons) };
    store.write(first, { size, draws, ...truth, ...(weights ? { weights } : {}) });
  }
}

interface Drawing {
  readonly draws: number;
  readonly rng: Rng;
  /** Standardised partons to momenta. */
  unscale(partons: Float32Array): Float32Array;
}

/** Row-major [n, draws, particles, 5] momenta; frees the observation. */
async function drawBatch(model: GenerativeModel, observed: Observation, { draws, rng, unscale }: Drawing) {
  let all = new Float32Array(0);
  for (let d = 0; d < draws; d++) {
    const drawn = model.sample(observed, rng.fork(`draw ${d}`));
    const [events, width] = drawn.shape;
    const momenta = unscale((await drawn.data()) as Float32Array);
    drawn.dispose();
    if (all.length === 0) all = new Float32Array(events * draws * width);
    for (let i = 0; i < events; i++) all.set(momenta.subarray(i * width, (i + 1) * width), (i * draws + d) * width);
  }
  tf.dispose(observed as unknown as tf.TensorContainer);
  return all;
}

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import {
  type GenerativeModel,
  type HostEvents,
  LOG_ENERGY_LIMIT,
  loadWeights,
  type Observation,
  QUANTITIES,
  type Rng,
  readSamplingWeights,
  SPLITS,
  type Split,
  sequentialBatches,
  toObservation,
  turnOfEvents,
  UserError,
  unscalePartons,
  version,
} from '@unfold-zoo/core';
import { type DrawPlan, DrawStore, momentaOf } from '@unfold-zoo/data';
import { interruption } from '../interruption.js';
import { createLog, type Log } from '../log.js';
import { EXIT } from '../main.js';
import { duration, progressBar } from '../progress.js';
import { RunDirectory } from '../run-directory.js';
import { openSession, readRunConfig, type Session } from '../session.js';

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

/** Draws for the events of a split and writes them to an HDF5 file. False if Ctrl-C came first. */
export async function sample(directory: RunDirectory, options: SampleOptions, log: Log): Promise<boolean> {
  directory.checkExists();
  const split = checkSplit(options.split);
  const path = options.out === undefined ? directory.draws : resolve(options.out);
  const checkpoint = directory.checkpoint(options.checkpoint, log);
  checkFree(path, options);
  const config = await readRunConfig(directory.config, options.set);
  log.writeTo(directory.path);
  const session = await openSession(config);
  log.info(`engine: ${session.engine.label}`);
  try {
    const scaling = directory.scaling;
    if (!scaling) throw new UserError(`missing ${join(directory.path, 'scaling.json')}: the run is not complete`);
    const model = session.model(scaling);
    loadWeights(model, readSamplingWeights(checkpoint), checkpoint);
    const events = Math.min(options.events ?? Number.POSITIVE_INFINITY, session.source.count(split));
    if (events === 0)
      throw new UserError(`empty ${split} split: there are no events to sample; ${howToSetData(split)}`);
    const seed = options.seed ?? config.seed;
    const plan = await drawPlan({ session, split, events, draws: options.draws, checkpoint, seed });
    if (options.force) clear(path);
    const store = DrawStore.open(path, plan);
    log.info(`sampling ${options.draws} x ${events} ${split} events with ${basename(checkpoint)}`);
    const started = performance.now();
    let cut = 0;
    const unscale = (partons: Float32Array): Float32Array => {
      const momenta = momentaOf(unscalePartons(scaling, partons));
      cut += cutEnergies(momenta);
      return momenta;
    };
    const draw = (host: HostEvents, first: number): Promise<Float32Array> => {
      const observed = toObservation(host, session.source.spec, scaling);
      const rng = session.rng.fork(`draws ${seed}`).fork(`events ${first}`);
      return drawBatch(model, observed, { draws: options.draws, rng, unscale });
    };
    const { batch, onProgress } = options;
    const finished = await fill(store, { session, split, batch, events, draw, log, ...(onProgress && { onProgress }) });
    model.dispose();
    if (!finished) {
      log.info(`stopped after ${store.done} of ${events} events; go on with the same command and --resume`);
      return false;
    }
    await store.finish();
    if (cut > 0)
      log.warn(`${cut} drawn energies were above 1 PeV and are stored as 1 PeV: the model needs more training`);
    log.info(`wrote ${path} in ${duration((performance.now() - started) / 1000)}`);
    return true;
  } finally {
    await session.source.close();
  }
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

interface Filling {
  readonly session: Session;
  readonly split: Split;
  readonly batch: number;
  readonly events: number;
  readonly log: Log;
  draw(host: HostEvents, first: number): Promise<Float32Array>;
  onProgress?(progress: SamplingProgress): void;
}

// Returns false if it was interrupted.
async function fill(store: DrawStore, filling: Filling): Promise<boolean> {
  const { session, split, batch, events, draw, log } = filling;
  const { signal, release } = interruption(log);
  const bar = progressBar('sampling {bar} {value}/{total} events · {rate} events/s · {left} left');
  const { done } = store;
  const started = performance.now();
  bar.start(events, done, { rate: '-', left: '-' });
  try {
    for await (const host of sequentialBatches(session.source, split, {
      batchSize: batch,
      start: done,
      limit: events - done,
    })) {
      await turnOfEvents();
      if (signal.aborted) return false;
      const draws = await draw(host, store.done);
      const { size, weights, partons } = host;
      // Collision data have no truth: it reads as NaN.
      const truth = Number.isNaN(partons[0]) ? {} : { truth: momentaOf(partons) };
      store.append({ size, draws, ...truth, ...(weights ? { weights } : {}) });
      const rate = (1000 * (store.done - done)) / (performance.now() - started);
      filling.onProgress?.({ done: store.done, total: events, eventsPerSecond: rate });
      bar.update(store.done, { rate: Math.round(rate), left: duration((events - store.done) / rate) });
    }
    return true;
  } finally {
    bar.stop();
    release();
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

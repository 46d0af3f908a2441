import { basename, extname, join } from 'node:path';
import { type Communicator, type EventScaling, type GenerativeModel, type Reporter, UserError } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { checkBatchSize, scalingFromJson, scalingToJson } from '@unfold-zoo/core/events';
import {
  checkStageNames,
  shareCheckpoint,
  shareJson,
  type TrainingResult,
  type TrainingRun,
  type TrainingState,
  train,
  unlikeFirst,
} from '@unfold-zoo/core/training';
import { adviseOnFailure } from '@unfold-zoo/distributed';
import { interruption } from '../interruption.js';
import { createLog, type Log } from '../log.js';
import { EXIT } from '../main.js';
import { duration } from '../progress.js';
import { RunDirectory } from '../run-directory.js';
import { openSession, readRunConfig, type Session } from '../session.js';
import { joinWorkers, onFirst, together } from '../workers.js';

/** Options of `unfold train`. */
export interface TrainOptions {
  readonly out?: string;
  readonly set: readonly string[];
  readonly resume?: string;
  readonly force?: boolean;
}

/** `unfold train <config>` and `unfold train --resume <run>`. */
export async function trainCommand(config: string | undefined, options: TrainOptions): Promise<void> {
  const log = createLog();
  const { directory, result } = options.resume
    ? await resume(options.resume, config, options, log)
    : await trainNew(config, options, log);
  process.exitCode = describe(result, directory, log);
  await log.close();
}

/** Trains a config in a new run directory. */
export async function trainNew(
  name: string | undefined,
  { out, set, force = false }: TrainOptions,
  log: Log,
): Promise<{ directory: RunDirectory; result: TrainingResult }> {
  if (name === undefined) throw new UserError('missing config: give a file or the name of a preset, or --resume <run>');
  const config = await readRunConfig(name, set);
  const directory = new RunDirectory(out ?? join('runs', config.name ?? basename(name, extname(name))));
  const communicator = await joinWorkers(config);
  await onFirst(communicator, () => directory.reserve({ force }));
  try {
    const prepared = await prepare(config, communicator);
    await onFirst(communicator, () => directory.create(config.resolvedYaml()));
    return { directory, result: await trainIn(directory, prepared, log) };
  } finally {
    directory.release();
  }
}

async function resume(
  path: string,
  config: string | undefined,
  { set, out, force }: TrainOptions,
  log: Log,
): Promise<{ directory: RunDirectory; result: TrainingResult }> {
  if (config !== undefined || set.length > 0 || out !== undefined || force) {
    throw new UserError(
      'invalid --resume: it goes on with the run as it was; give it no config, --set, --out or --force',
    );
  }
  const directory = new RunDirectory(path);
  directory.checkExists();
  return { directory, result: await continueTraining(directory, log) };
}

/** Trains the run of a directory that has its config, from the latest checkpoint if it has one; `watchers` are told too. */
export async function continueTraining(
  directory: RunDirectory,
  log: Log,
  watchers: readonly Reporter[] = [],
): Promise<TrainingResult> {
  const config = await readRunConfig(directory.config);
  const prepared = await prepare(config, await joinWorkers(config), () => directory.scaling);
  return trainIn(directory, prepared, log, watchers);
}

interface Prepared {
  readonly session: Session;
  readonly scaling: EventScaling;
  readonly model: GenerativeModel;
}

// Everything that a mistake in config or data can stop, before anything is written.
async function prepare(
  config: Config,
  communicator: Communicator,
  known: () => EventScaling | undefined = () => undefined,
): Promise<Prepared> {
  const unlike = await unlikeFirst(communicator, [fingerprint(config)]);
  const session = await together(communicator, async () => {
    checkSameConfig(unlike);
    const opened = await openSession(config, communicator);
    checkBatchSize(config.training.batchSize, opened.source.count('train'), communicator.world);
    return opened;
  });
  const scaling = await commonScaling(session, known);
  return together(communicator, () => {
    const model = session.model(scaling);
    checkStageNames(config.training, model.stages);
    return { session, scaling, model };
  });
}

/** All that a training follows from, except for how its workers are joined. */
function fingerprint({ choices: { parallel: _, ...choices }, training, scaling, seed }: Config): string {
  return JSON.stringify({ choices, training, scaling, seed });
}

function checkSameConfig(unlike: readonly number[]): void {
  if (unlike.length === 0) return;
  throw new UserError(
    `different configs: worker ${unlike.join(', ')} has another than worker 0; give every worker the same file, the same ` +
      '--set and the same working directory',
  );
}

/** Worker 0 reads or fits it, and all the others are told. */
async function commonScaling(
  { communicator, ...session }: Session,
  known: () => EventScaling | undefined,
): Promise<EventScaling> {
  let own: EventScaling | undefined;
  await onFirst(communicator, async () => {
    own = await session.scaling(known());
  });
  const shared = await shareJson(communicator, () => scalingToJson(own!));
  return own ?? scalingFromJson(shared, 'the scaling of worker 0');
}

async function trainIn(
  directory: RunDirectory,
  prepared: Prepared,
  log: Log,
  watchers: readonly Reporter[] = [],
): Promise<TrainingResult> {
  const { session, scaling, model } = prepared;
  const { config, engine, communicator } = session;
  const isFirst = communicator.rank === 0;
  await together(communicator, () => {
    log.writeTo(directory.path);
    if (isFirst) directory.saveScaling(scaling);
  });
  const resume = await commonCheckpoint(directory, communicator, log);
  if (communicator.world > 1) log.info(`parallel: ${communicator.label}`);
  log.info(`engine: ${engine.label}`);
  if (resume) noteWorld(resume.checkpoint.state, communicator, log);
  if (isFirst) adviseOnFailure(howToGoOn(directory));
  const { signal, release } = interruption(log);
  try {
    return await train({
      directory: directory.path,
      model,
      source: session.source,
      scaling,
      options: config.training,
      rng: session.rng.fork('training'),
      reporters: isFirst ? [...session.reporters(), ...watchers] : [],
      communicator,
      engine: engine.label,
      signal,
      ...(resume && { resume }),
    });
  } finally {
    release();
    model.dispose();
    await session.source.close();
  }
}

/** The checkpoint to go on from, as worker 0 reads it: the disks of other machines may lag behind. */
async function commonCheckpoint(
  directory: RunDirectory,
  communicator: Communicator,
  log: Log,
): Promise<TrainingRun['resume']> {
  let own: TrainingRun['resume'];
  await onFirst(communicator, () => {
    own = resumeFrom(directory, log);
  });
  const path = await shareJson(communicator, () => own?.path ?? null);
  if (path === null) return undefined;
  return { path, checkpoint: await shareCheckpoint(communicator, () => own!.checkpoint) };
}

function resumeFrom(directory: RunDirectory, log: Log): TrainingRun['resume'] {
  const found = directory.latestCheckpoint(log);
  if (!found) return undefined;
  const { path, content: checkpoint, passedOver } = found;
  const { step } = checkpoint.state;
  if (passedOver.length > 0) log.warn(`going on from step ${step}; what was logged after it is dropped`);
  return { path, checkpoint };
}

function noteWorld({ world: before = 1 }: TrainingState, { world }: Communicator, log: Log): void {
  if (world === before) return;
  const workers = (count: number): string => (count === 1 ? '1 worker' : `${count} workers`);
  log.info(
    `resumed on ${workers(world)} a training on ${workers(before)}: the same batches and noise, with sums in another order`,
  );
}

function howToGoOn({ path }: RunDirectory): string {
  return `go on with: unfold train --resume ${path}`;
}

/** Says how a training ended; returns the exit code. */
export function describe({ outcome, step, elapsedSeconds }: TrainingResult, directory: RunDirectory, log: Log): number {
  const took = `${step} steps in ${duration(elapsedSeconds)}`;
  if (outcome === 'interrupted') {
    log.info(`stopped after ${took}; ${howToGoOn(directory)}`);
    return EXIT.interrupted;
  }
  log.info(outcome === 'finished' ? `trained: ${took}` : `out of time after ${took}`);
  return EXIT.ok;
}

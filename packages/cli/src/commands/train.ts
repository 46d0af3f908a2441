import { basename, extname, join } from 'node:path';
import {
  type Communicator,
  type Config,
  checkBatchSize,
  checkStageNames,
  type EventScaling,
  type GenerativeModel,
  type Reporter,
  readCheckpoint,
  type TrainingResult,
  type TrainingRun,
  train,
  UserError,
} from '@unfold-zoo/core';
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
  const prepared = await prepare(config, await joinWorkers(config), directory.scaling);
  return trainIn(directory, prepared, log, watchers);
}

interface Prepared {
  readonly session: Session;
  readonly scaling: EventScaling;
  readonly model: GenerativeModel;
}

// Everything that a mistake in config or data can stop, before anything is written.
function prepare(config: Config, communicator: Communicator, known?: EventScaling): Promise<Prepared> {
  return together(communicator, async () => {
    const session = await openSession(config, communicator);
    checkBatchSize(config.training.batchSize, session.source.count('train'), communicator.world);
    const scaling = await session.scaling(known);
    const model = session.model(scaling);
    checkStageNames(config.training, model.stages);
    return { session, scaling, model };
  });
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
  const resume = await together(communicator, () => {
    log.writeTo(directory.path);
    if (isFirst) directory.saveScaling(scaling);
    return resumeFrom(directory);
  });
  if (communicator.world > 1) log.info(`parallel: ${communicator.label}`);
  log.info(`engine: ${engine.label}`);
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

function resumeFrom({ latestCheckpoint: path }: RunDirectory): TrainingRun['resume'] {
  return path === undefined ? undefined : { path, checkpoint: readCheckpoint(path) };
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

import { basename, extname, join } from 'node:path';
import { type Config, readCheckpoint, type TrainingResult, train, UserError } from '@unfold-zoo/core';
import { interruption } from '../interruption.js';
import { createLog, type Log } from '../log.js';
import { EXIT } from '../main.js';
import { duration } from '../progress.js';
import { RunDirectory } from '../run-directory.js';
import { openSession, readRunConfig } from '../session.js';

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
  directory.create(config.resolvedYaml(), { force });
  return { directory, result: await trainIn(directory, config, log) };
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
  return { directory, result: await trainIn(directory, await readRunConfig(directory.config), log) };
}

async function trainIn(directory: RunDirectory, config: Config, log: Log): Promise<TrainingResult> {
  log.writeTo(directory.path);
  const session = await openSession(config, log);
  const checkpoint = directory.latestCheckpoint;
  const scaling = await session.scaling(directory.scaling);
  directory.saveScaling(scaling);
  const model = session.model(scaling);
  const { signal, release } = interruption(log);
  try {
    return await train({
      directory: directory.path,
      model,
      source: session.source,
      scaling,
      options: config.training,
      rng: session.rng.fork('training'),
      reporters: session.reporters(),
      communicator: session.communicator,
      engine: session.engine.label,
      signal,
      ...(checkpoint ? { resume: { path: checkpoint, checkpoint: readCheckpoint(checkpoint) } } : {}),
    });
  } finally {
    release();
    model.dispose();
    await session.source.close();
  }
}

/** Says how a training ended; returns the exit code. */
export function describe({ outcome, step, elapsedSeconds }: TrainingResult, directory: RunDirectory, log: Log): number {
  const took = `${step} steps in ${duration(elapsedSeconds)}`;
  if (outcome === 'interrupted') {
    log.info(`stopped after ${took}; go on with: unfold train --resume ${directory.path}`);
    return EXIT.interrupted;
  }
  log.info(outcome === 'finished' ? `trained: ${took}` : `out of time after ${took}`);
  return EXIT.ok;
}

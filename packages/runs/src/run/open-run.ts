import { join } from 'node:path';
import { UserError } from '@unfold-zoo/core';
import { isFileName } from '@unfold-zoo/core/files';
import { checkOptions } from '@unfold-zoo/core/options';
import { topologyTextOf } from '@unfold-zoo/data';
import type { z } from 'zod';
import {
  type ConfigInput,
  type ConfigOptions,
  configName,
  readRunConfig,
  readStoredConfig,
} from '../configs/run-config.js';
import { allOrNone, joinWorkers, onRankZero } from '../workers/workers.js';
import { configFiles, inputFiles } from '../writing/input-files.js';
import type { WriteLock } from '../writing/write-lock.js';
import { createOptions } from './create-options.js';
import { type Log, RunLog } from './log.js';
import { rememberOwn } from './remember-own.js';
import { Run } from './run.js';
import { RunDirectory } from './run-directory.js';
import { assembleSource } from './session.js';
import { sourceOfRun } from './topology-copy.js';

/** How a run is opened. */
export interface OpenOptions extends ConfigOptions {
  /** Told what happens; nothing is printed without it. The folder's run.log has all of it anyway. */
  readonly log?: Log;
}

/** How a run is made: how it is opened, and the options of the schema `createOptions`. */
export interface CreateOptions extends OpenOptions, z.input<typeof createOptions> {}

/**
 * Opens the run in a folder. Nothing is started before it is needed.
 * @throws UserError for a folder without a run, and a config that is wrong; UntrustedCode for a run of others that
 * names plugins, unless they are trusted.
 * @example
 * const run = await openRun('runs/my-run', { set: { 'data.test': 'data.h5' } });
 * await run.sample({ draws: 100 });
 * await run.close();
 */
export async function openRun(folder: string, { log, ...options }: OpenOptions = {}): Promise<Run> {
  const directory = new RunDirectory(folder);
  directory.checkExists();
  const config = await readStoredConfig(directory.config, options);
  const runLog = new RunLog(log);
  return new Run({ directory, config, log: runLog, source: sourceOfRun(directory, config, runLog) });
}

/**
 * Makes the folder of a new run from a config: a file, the name of a preset, or an object. Starts the engine, opens the
 * data and builds the model, so that whatever is wrong is known before anything is written.
 * @throws UserError for a config that is wrong, data that cannot be read, and a folder that is not empty.
 * @example
 * const run = await createRun({ extends: 'sample', training: { steps: 500 } }, { out: 'runs/first' });
 * await run.train();
 */
export async function createRun(config: ConfigInput, options: CreateOptions = {}): Promise<Run> {
  const { log, ...rest } = options;
  const { out, force } = checkOptions(createOptions, options);
  const read = await readRunConfig(config, rest);
  const directory = new RunDirectory(out ?? join('runs', nameOf(config, read)));
  const communicator = await joinWorkers(read);
  const runLog = new RunLog(log);
  let lock: WriteLock | undefined;
  await onRankZero(communicator, async () => {
    lock = await directory.reserve({ force, log: runLog });
  });
  try {
    const source = await allOrNone(communicator, () => assembleSource(read));
    const run = new Run({ directory, config: read, log: runLog, source, ...(lock && { lock }) });
    await closedOnFailure(run, async () => {
      await run.prepare();
      const inputs = [...inputFiles(read), ...configFiles(config, read)];
      const begin = { config: read.resolvedYaml(), topology: topologyTextOf(source), inputs };
      await onRankZero(communicator, async () => {
        await directory.create(begin, runLog);
        rememberOwn(read, runLog);
      });
    });
    return run;
  } catch (error) {
    lock?.release();
    throw error;
  }
}

async function closedOnFailure(run: Run, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await run.close();
    throw error;
  }
}

function nameOf(config: ConfigInput, read: { readonly name?: string }): string {
  const name = configName(config, read);
  if (name !== undefined && isFileName(name)) return name;
  if (name !== undefined)
    throw new UserError(
      (option) => `invalid name "${name}": it cannot be that of a folder; give one with ${option('out')}`,
    );
  throw new UserError('missing out: a config without a name needs a folder for its run');
}

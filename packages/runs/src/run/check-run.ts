import type { Split } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { onlyWorker } from '@unfold-zoo/core/workers';
import { type ConfigInput, type ConfigOptions, readRunConfig } from '../configs/run-config.js';
import { openSession, type Session } from './session.js';
import { prepareTraining } from './training.js';

/** How much of a run is checked. */
export interface CheckRunOptions extends ConfigOptions {
  /** Whether the data are opened and the model is built, as before the first step of a training; true if absent. */
  readonly data?: boolean;
}

/** A config in which nothing is wrong. */
export interface CheckedRun {
  readonly config: Config;
  /** Events of each split; absent where the data were left out. */
  readonly events?: Readonly<Record<Split, number>>;
  /** What is odd about the data but no mistake; a training says the same when it begins. */
  readonly warnings: readonly string[];
}

type CheckedData = Required<Pick<CheckedRun, 'events' | 'warnings'>>;

/**
 * Finds every mistake that a training would refuse before its first step: in the config, and in the data, whose
 * training split is read once.
 * @throws UserError for a mistake.
 * @example
 * const { events } = await checkRun('small', { set: { 'data.train': 'events.h5' } });
 * console.log(events?.train);
 */
export async function checkRun(input: ConfigInput, options: CheckRunOptions = {}): Promise<CheckedRun> {
  const config = await readRunConfig(input, options);
  return options.data === false ? { config, warnings: [] } : { config, ...(await checkData(config)) };
}

async function checkData(config: Config): Promise<CheckedData> {
  let session: Session | undefined;
  const open = async (): Promise<Session> => {
    session = await openSession(config);
    return session;
  };
  try {
    const { model, warnings } = await prepareTraining(config, onlyWorker(), { open, scaling: () => undefined });
    model.dispose();
    const { source } = session!;
    const [train, validation, test] = [source.count('train'), source.count('validation'), source.count('test')];
    return { events: { train, validation, test }, warnings };
  } finally {
    await session?.source.close();
  }
}

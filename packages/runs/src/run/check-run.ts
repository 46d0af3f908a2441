import type { Split } from '@unfold-zoo/core';
import type { Config } from '@unfold-zoo/core/config';
import { fitScaling } from '@unfold-zoo/core/events';
import { onlyWorker } from '@unfold-zoo/core/workers';
import { type SampleCount, samplesOf } from '@unfold-zoo/data';
import { isSimulated } from '../benchmark/folder/shared-data.js';
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
  /** The samples that training events are joined of, if they are. */
  readonly samples?: readonly SampleCount[];
  /** What is odd about the data but no mistake; a training says the same when it begins. */
  readonly warnings: readonly string[];
}

type CheckedData = Required<Pick<CheckedRun, 'events' | 'samples' | 'warnings'>>;

/**
 * Finds every mistake that a training would refuse before its first step: in the config, and in the data, whose
 * training split is read once. Of events that are simulated as they are read, some thousand are made.
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
    session = withFewSimulated(await openSession(config));
    return session;
  };
  try {
    const { model, warnings } = await prepareTraining(config, onlyWorker(), { open, scaling: () => undefined });
    model.dispose();
    const { source } = session!;
    const [train, validation, test] = [source.count('train'), source.count('validation'), source.count('test')];
    return { events: { train, validation, test }, samples: samplesOf(source), warnings };
  } finally {
    await session?.source.close();
  }
}

/** Events of a simulation that are looked at: all of them are of one population, and making them takes time. */
const CHECKED_EVENTS = 4096;

function withFewSimulated(session: Session): Session {
  const { source, config, representation } = session;
  if (!isSimulated(source)) return session;
  const few = { ...config.scaling, representation, maxEvents: CHECKED_EVENTS };
  return { ...session, scaling: async (known) => known ?? fitScaling(source, few) };
}

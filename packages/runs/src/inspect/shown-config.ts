import { UserError } from '@unfold-zoo/core';
import {
  type Choice,
  type Choices,
  type Config,
  configKeys,
  isUntrustedCode,
  type LocatedMap,
  plainValue,
  readConfigFile,
} from '@unfold-zoo/core/config';
import { trainingOptions } from '@unfold-zoo/core/training';
import type { ConfigOptions } from '../configs/run-config.js';
import { readConfigOfRun } from '../configs/run-config.js';

/** What an inspection shows of a run's config. */
export interface ShownConfig {
  readonly choices: Choices;
  readonly training: Config['training'];
  /** Plugins and libraries that it names and that are not trusted. If there are any, it is shown as it is written. */
  readonly untrusted: readonly string[];
}

/** The config in the folder of a run, as far as it can be shown without code that is not trusted. */
export async function shownConfig(file: string, options: ConfigOptions): Promise<ShownConfig> {
  try {
    const { choices, training } = await readConfigOfRun(file, options);
    return { choices, training, untrusted: [] };
  } catch (error) {
    if (!isUntrustedCode(error)) throw error;
    return { ...asWritten(readConfigFile(file), file), untrusted: error.names };
  }
}

function asWritten(config: LocatedMap, file: string): Omit<ShownConfig, 'untrusted'> {
  const written = plainValue(config) as Readonly<Record<string, unknown>>;
  const training = trainingOptions.safeParse(written['training'] ?? {});
  if (!training.success) throw new UserError(`invalid training in ${file}: it cannot be shown without its plugins`);
  const roles = Object.entries(written).filter(([key, value]) => !(key in configKeys.shape) && isChosen(value));
  return { choices: Object.fromEntries(roles) as Choices, training: training.data };
}

function isChosen(value: unknown): value is Choice | readonly Choice[] {
  const isOne = (each: unknown): boolean =>
    typeof each === 'object' && each !== null && 'kind' in each && typeof each.kind === 'string';
  return Array.isArray(value) ? value.every(isOne) : isOne(value);
}

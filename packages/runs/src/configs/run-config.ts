import { basename, extname } from 'node:path';
import {
  Communicator,
  Engine,
  Evaluator,
  EventSource,
  GenerativeModel,
  Metric,
  type Plugin,
  Reporter,
} from '@unfold-zoo/core';
import {
  type Config,
  completeConfig,
  type LocatedMap,
  loadOverridePlugins,
  mergeConfigs,
  override,
  readConfig,
  readExtended,
  trainingRoles,
} from '@unfold-zoo/core/config';
import { baseConfig, builtInPlugins } from './built-in.js';
import { locatedMap } from './located-value.js';

/** A config file, the name of a preset, or what such a file would say, e.g. `{ extends: 'small', seed: 1 }`. */
export type ConfigInput = string | Readonly<Record<string, unknown>>;

/**
 * Changes to a config, in order: by path, `{ 'training.steps': 100, 'data.test': 'data.h5' }`, or as `unfold --set`
 * takes them, `['training.steps=100']`. Relative paths of files start from the working directory.
 */
export type Settings = Readonly<Record<string, unknown>> | readonly string[];

/** How a config is read. */
export interface ConfigOptions {
  readonly set?: Settings;
  /** Plugins besides the built-in ones and those that the config lists. A folder of a run does not remember them. */
  readonly plugins?: readonly Plugin[];
}

/** Every role that a run itself asks for. */
const ROOTS = [Engine, Communicator, EventSource, GenerativeModel, Metric, Evaluator, Reporter] as const;

/**
 * Reads the config of a run, puts it on the presets that it extends, applies changes and checks all of it.
 * @throws UserError that lists every mistake with its place, and roles that are missing or that nothing uses.
 */
export async function readRunConfig(config: ConfigInput, options: ConfigOptions = {}): Promise<Config> {
  const { set = [], plugins = [] } = options;
  const known = [...builtInPlugins, ...plugins];
  const overrides = assignments(set);
  const named = [...known, ...(await loadOverridePlugins(overrides, known))];
  const onBase = mergeConfigs(await readConfig(baseConfig, known), await readWritten(config, named));
  const written = overrides.reduce(override, onBase);
  const read = await completeConfig(written, known);
  checkRunConfig(read);
  return read;
}

/**
 * Reads the config in the folder of a run, which means what it meant when the run was made: data of kind hdf5 took
 * held-out events from the end of a file before they had the key `split`.
 * @throws UserError as `readRunConfig`.
 */
export async function readStoredConfig(file: string, options: ConfigOptions = {}): Promise<Config> {
  const written = await readConfig(file, [...builtInPlugins, ...(options.plugins ?? [])]);
  const data = written.entries.get('data')?.value;
  const isOlder = data?.type === 'map' && isHdf5(data) && !data.entries.has('split');
  return readRunConfig(file, {
    ...options,
    set: [...(isOlder ? ['data.split=tail'] : []), ...assignments(options.set ?? [])],
  });
}

function isHdf5({ entries }: LocatedMap): boolean {
  const kind = entries.get('kind')?.value;
  return kind?.type === 'scalar' && kind.value === 'hdf5';
}

/** A config with what it extends; bare names are looked up in the given plugins and in those that it lists. */
async function readWritten(config: ConfigInput, plugins: readonly Plugin[]): Promise<LocatedMap> {
  if (typeof config === 'string') return readConfig(config, plugins);
  return readExtended(locatedMap(config, { place: 'config', folder: process.cwd() }), plugins);
}

/** Changes as `--set` takes them. JSON is YAML too. */
export function assignments(set: Settings): readonly string[] {
  if (Array.isArray(set)) return set as readonly string[];
  return Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
}

/** Refuses a config that lacks a role that its run needs, or has one that nothing uses. */
export function checkRunConfig({ catalogue, choices }: Config): void {
  catalogue.checkUnused([...ROOTS, ...trainingRoles({ choices })], choices);
}

/** What a config is called: by itself, or after its file or preset. Undefined for an object without a name. */
export function configName(config: ConfigInput, read: Pick<Config, 'name'>): string | undefined {
  return read.name ?? (typeof config === 'string' ? basename(config, extname(config)) : undefined);
}

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
  COMMAND_LINE_SET,
  type Config,
  completeConfig,
  type LocatedMap,
  loadOverridePlugins,
  mergeConfigs,
  override,
  type ReadOptions,
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
 * takes them, `['training.steps=100']`. Relative paths of files start from the working directory. Messages call the
 * first `set training.steps` and the second `--set training.steps`.
 */
export type Settings = Readonly<Record<string, unknown>> | readonly string[];

/** How a config is read. */
export interface ConfigOptions {
  /** Changes on top of the config. */
  readonly set?: Settings;
  /** Plugins besides the built-in ones and those that the config lists. A folder of a run does not remember them. */
  readonly plugins?: readonly Plugin[];
  /**
   * Whether the plugins and libraries that a run from elsewhere names may be loaded; they are trusted from here on, as
   * they are now. Those that a config of one's own names need no word. False if absent.
   */
  readonly trustPlugins?: boolean | undefined;
}

/** Every role that a run itself asks for. */
const ROOTS = [Engine, Communicator, EventSource, GenerativeModel, Metric, Evaluator, Reporter] as const;

/**
 * Reads the config of a run, puts it on the presets that it extends, applies changes and checks all of it.
 * @throws UserError that lists every mistake with its place, and roles that are missing or that nothing uses;
 * UntrustedCode where a run is named or extended whose plugins are not trusted.
 * @example
 * const config = await readRunConfig('sample', { set: { 'training.steps': 500 } });
 * console.log(config.training.steps, config.provenance('training.steps')); // 500, set training.steps
 */
export async function readRunConfig(config: ConfigInput, options: ConfigOptions = {}): Promise<Config> {
  return readWithImplied(config, options, {});
}

/**
 * The same for the config in the folder of a run, whatever else that folder holds: its plugins may be anyone's.
 * @throws UserError as `readRunConfig`.
 */
export async function readConfigOfRun(file: string, options: ConfigOptions = {}): Promise<Config> {
  return readWithImplied(file, options, { isOfRun: true });
}

/** What is known of a config besides what its user says. */
interface Circumstances {
  /** Assignments that come before those of the user. */
  readonly implied?: readonly string[];
  readonly isOfRun?: boolean;
}

async function readWithImplied(
  config: ConfigInput,
  { set = [], plugins = [], trustPlugins }: ConfigOptions,
  { implied = [], isOfRun }: Circumstances,
): Promise<Config> {
  const known = [...builtInPlugins, ...plugins];
  const { assignments, writtenWith } = overridesOf(set);
  const named = [...known, ...(await loadOverridePlugins(assignments, known, writtenWith))];
  const onBase = mergeConfigs(
    await readConfig(baseConfig, known),
    await readWritten(config, named, { trustPlugins, isOfRun }),
  );
  const complete = implied.reduce((changed, each) => override(changed, each, 'older run'), onBase);
  const written = assignments.reduce((changed, each) => override(changed, each, writtenWith), complete);
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
  const { plugins = [], trustPlugins } = options;
  const written = await readConfig(file, [...builtInPlugins, ...plugins], { trustPlugins, isOfRun: true });
  const data = written.entries.get('data')?.value;
  const isOlder = data?.type === 'map' && isHdf5(data) && !data.entries.has('split');
  return readWithImplied(file, options, { implied: isOlder ? ['data.split=tail'] : [], isOfRun: true });
}

function isHdf5({ entries }: LocatedMap): boolean {
  const kind = entries.get('kind')?.value;
  return kind?.type === 'scalar' && kind.value === 'hdf5';
}

/** A config with what it extends; bare names are looked up in the given plugins and in those that it lists. */
async function readWritten(config: ConfigInput, plugins: readonly Plugin[], options: ReadOptions): Promise<LocatedMap> {
  if (typeof config === 'string') return readConfig(config, plugins, options);
  return readExtended(locatedMap(config, { place: 'config', folder: process.cwd() }), plugins, options);
}

/** Changes of a config, and what messages call their origin. */
interface Overrides {
  readonly assignments: readonly string[];
  readonly writtenWith: string;
}

/** A list has the command line's spelling; an object is an option of a call. JSON is YAML too. */
export function overridesOf(set: Settings): Overrides {
  if (Array.isArray(set)) return { assignments: set as readonly string[], writtenWith: COMMAND_LINE_SET };
  const assignments = Object.entries(set).map(([path, value]) => `${path}=${JSON.stringify(value)}`);
  return { assignments, writtenWith: 'set' };
}

/** Refuses a config that lacks a role that its run needs, or has one that nothing uses. */
export function checkRunConfig({ catalogue, choices }: Config): void {
  catalogue.checkUnused([...ROOTS, ...trainingRoles({ choices })], choices);
}

/** What a config is called: by itself, or after its file or preset. Undefined for an object without a name. */
export function configName(config: ConfigInput, read: Pick<Config, 'name'>): string | undefined {
  return read.name ?? (typeof config === 'string' ? basename(config, extname(config)) : undefined);
}

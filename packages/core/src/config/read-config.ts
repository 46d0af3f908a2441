import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../errors.js';
import { loadPlugins } from '../plugin/load-plugins.js';
import { type NamedFiles, namedFiles } from '../plugin/named-files.js';
import type { Plugin } from '../plugin/plugin.js';
import { type Received, receivedFolder } from '../trust/received.js';
import { locate } from './locate.js';
import { displayPath, type Located, type LocatedMap, type Origin } from './located.js';
import { mergeConfigs } from './merge.js';
import { alternatives } from './nearest.js';
import { parseYaml } from './parse-yaml.js';

/** How a config is read. */
export interface ReadOptions {
  /** What a bare name is that of; a preset unless given. */
  readonly kind?: 'presets' | 'benchmarks' | undefined;
  /** Whether code that a run or benchmark names may be loaded, and is trusted from here on; false if absent. */
  readonly trustPlugins?: boolean | undefined;
  /** Whether the config is that of a run, whatever its folder looks like; false if absent. */
  readonly isOfRun?: boolean | undefined;
}

/**
 * Reads a config, named as `extends` names one, and puts it on top of whatever it extends. A bare name is that of a
 * preset of the known plugins, or of a benchmark.
 * @throws UserError for a config that is missing, unreadable, or extends itself, and for what is no YAML; UntrustedCode
 * for plugins of a run that it needs to be read, if these are not trusted.
 */
export async function readConfig(
  name: string,
  plugins: readonly Plugin[],
  { kind = 'presets', trustPlugins = false, isOfRun = false }: ReadOptions = {},
): Promise<LocatedMap> {
  const file = findConfig(name, process.cwd(), namedFiles(plugins, kind));
  const reading = { plugins, kind, trustPlugins, chain: [file] };
  return extended(readFile(file, isOfRun ? receivedWith(file, trustPlugins) : undefined, reading), reading);
}

/** What the config of a run says, whatever is marked as a run there. */
function receivedWith(file: string, isTrusted: boolean): Received {
  return { folder: receivedFolder(file) ?? dirname(file), isTrusted };
}

/**
 * The values of one file alone, as they are written in the config of a run: without what it extends, and without its
 * plugins, which are not loaded.
 * @throws UserError for a file that cannot be read, and for what is no YAML.
 */
export function readConfigFile(file: string): LocatedMap {
  return readFile(file, receivedWith(file, false), { trustPlugins: false });
}

/**
 * Puts a map that may have a key `extends` on top of the config that this names, without the key. The bare names known
 * to a config are those of the given plugins, of those that it lists itself, and of those that a config which extends
 * it lists.
 * @throws UserError as `readConfig` does.
 */
export async function readExtended(
  config: LocatedMap,
  plugins: readonly Plugin[],
  { kind = 'presets', trustPlugins = false }: Omit<ReadOptions, 'isOfRun'> = {},
): Promise<LocatedMap> {
  return extended(config, { plugins, kind, trustPlugins, chain: [] });
}

interface Reading {
  /** Plugins known so far. */
  readonly plugins: readonly Plugin[];
  readonly kind: 'presets' | 'benchmarks';
  readonly trustPlugins: boolean;
  /** Files read so far, each extended by the one before it. */
  readonly chain: readonly string[];
}

async function extended(config: LocatedMap, reading: Reading): Promise<LocatedMap> {
  const { plugins, kind, chain } = reading;
  const { entries, origin } = config;
  const parent = entries.get('extends')?.value;
  const own: LocatedMap = { type: 'map', origin, entries: new Map([...entries].filter(([key]) => key !== 'extends')) };
  if (!parent || (parent.type === 'scalar' && parent.value === null)) return own;
  const known = [...plugins, ...(await loadPlugins(config, plugins)).map(({ plugin }) => plugin)];
  const base = parentFile(parent, namedFiles(known, kind));
  if (chain.includes(base)) {
    const circle = [...chain, base].map(displayPath).join(' -> ');
    throw new UserError(`${parent.origin.place} extends: a config cannot extend itself: ${circle}`);
  }
  // What a run names has come with it.
  const parentConfig = readFile(base, parent.origin.received, reading);
  const below = await extended(parentConfig, { ...reading, plugins: known, chain: [...chain, base] });
  return mergeConfigs(below, own);
}

function parentFile(parent: Located, named: NamedFiles): string {
  const { place, folder } = parent.origin;
  if (parent.type !== 'scalar' || typeof parent.value !== 'string') {
    throw new UserError(`${place} extends: expected the name of a preset, a path or something in a package`);
  }
  try {
    return findConfig(parent.value, folder, named);
  } catch (error) {
    throw new UserError(`${place} extends: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The file of a config, seen from a folder: the bare name of a known preset, a path, or something in a package.
 * @throws UserError with the nearest name if there is no such file, and for a name that several plugins have.
 */
export function findConfig(name: string, folder: string, named: NamedFiles): string {
  const preset = named.find(name);
  if (preset !== undefined) return preset;
  try {
    return locate(name, folder);
  } catch (error) {
    const isBareName = /^[\w-]+$/.test(name);
    const message = isBareName
      ? `unknown preset "${name}"${alternatives(name, 'presets', named.names)}`
      : `missing config "${name}": ${(error as Error).message}`;
    throw new UserError(message, { cause: error });
  }
}

function readFile(
  file: string,
  reachedFrom: Received | undefined,
  { trustPlugins }: Pick<Reading, 'trustPlugins'>,
): LocatedMap {
  const shown = displayPath(file);
  const folder = dirname(file);
  const received = reachedFrom ?? (receivedFolder(file) && receivedWith(file, trustPlugins));
  const originAt = (line: number, column: number): Origin => ({
    place: `${shown}:${line}:${column}`,
    folder,
    ...(received && { received }),
  });
  const root = parseYaml(readText(file), originAt);
  if (root.type === 'map') return root;
  if (root.type === 'scalar' && root.value === null) return { type: 'map', origin: originAt(1, 1), entries: new Map() };
  throw new UserError(`${root.origin.place}: invalid config: expected keys with values, e.g. \`extends: paper\``);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new UserError(`unreadable config ${displayPath(file)}: ${(cause as Error).message}`, { cause });
  }
}

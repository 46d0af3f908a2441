import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { checkConfig } from '../config/check-config.js';
import { locate } from '../config/locate.js';
import { displayPath, type LocatedMap, type Origin } from '../config/located.js';
import { COMMAND_LINE_SET, override } from '../config/merge.js';
import { messageNaming, type OptionNaming, UserError } from '../errors.js';
import { checkTrust, isUntrustedCode, UntrustedCode } from '../trust/check-trust.js';
import { version } from '../version.js';
import { checkPeerDependencies } from './peer-dependencies.js';
import { PLUGIN_API, type Plugin } from './plugin.js';
import { rememberPluginFile } from './plugin-file.js';

/** The `plugins` key of a config. */
export const pluginsOption = z
  .array(z.string().min(1))
  .describe('Packages, or paths of JavaScript files, whose default export is a plugin');

/** A plugin that a config asked for. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  /** As the config wrote it. */
  readonly writtenAs: string;
  /** Absolute path of the file it was loaded from. */
  readonly file: string;
  /** Whether a config of the user's own named it, not that of a run or benchmark. */
  readonly isOwn: boolean;
}

const pluginShape = z.object({
  name: z.string().min(1),
  version: z.string().min(1),
  api: z.unknown(),
  module: z.looseObject({ id: z.unknown() }),
});

/**
 * Loads one plugin that the user names, seen from a folder: a package, or the path of a JavaScript file.
 * @throws UserError that names the plugin and says why it cannot be loaded.
 */
export async function loadPlugin(writtenAs: string, folder: string): Promise<LoadedPlugin> {
  return loadNamed(writtenAs, { folder });
}

/** Loads a plugin as whoever names it may: what the user names is trusted, what a run names is not by itself. */
async function loadNamed(writtenAs: string, { folder, received }: Omit<Origin, 'place'>): Promise<LoadedPlugin> {
  const file = findPlugin(writtenAs, folder);
  if (received) checkTrust({ what: 'plugin', writtenAs, file, received });
  checkPeers(writtenAs, file);
  const plugin = checkPlugin(await importDefault(writtenAs, file), writtenAs);
  rememberPluginFile(plugin, file);
  return { plugin, writtenAs, file, isOwn: received === undefined };
}

/**
 * The plugins of `plugins=[...]` among overrides, which are known before the config is read, so that it may be one of
 * their presets.
 * @param writtenWith what the user gave the overrides with, for messages.
 * @throws UserError that lists every plugin that cannot be loaded.
 */
export async function loadOverridePlugins(
  overrides: readonly string[],
  builtIn: readonly Plugin[],
  writtenWith = COMMAND_LINE_SET,
): Promise<readonly Plugin[]> {
  const setting = overrides.filter((each) => /^\s*plugins\s*=/.test(each));
  const empty: LocatedMap = { type: 'map', origin: { place: writtenWith, folder: process.cwd() }, entries: new Map() };
  const loaded = await loadPlugins(
    setting.reduce((written, each) => override(written, each, writtenWith), empty),
    builtIn,
  );
  return loaded.map(({ plugin }) => plugin);
}

/**
 * Loads what `plugins` lists, each from where the config that named it would import it.
 * @throws UserError that lists every plugin that cannot be loaded; UntrustedCode where one of them must not be.
 */
export async function loadPlugins(config: LocatedMap, builtIn: readonly Plugin[]): Promise<readonly LoadedPlugin[]> {
  const listed = config.entries.get('plugins');
  if (!listed) return [];
  const only: LocatedMap = { ...config, entries: new Map([['plugins', listed]]) };
  const { plugins: names = [] } = checkConfig(z.strictObject({ plugins: pluginsOption.optional() }), only);
  const origins = listed.value.type === 'list' ? listed.value.items.map(({ origin }) => origin) : [];

  const loaded: LoadedPlugin[] = [];
  const problems: Problem[] = [];
  for (const [i, name] of names.entries()) {
    const origin = origins[i]!;
    try {
      const next = await loadNamed(name, origin);
      const same = [...builtIn, ...loaded.map(({ plugin }) => plugin)].find((other) => other.name === next.plugin.name);
      if (same && same !== next.plugin) throw new UserError(`duplicate plugin "${name}": ${twice(same, next)}`);
      if (!same) loaded.push(next);
    } catch (error) {
      problems.push({ place: `${origin.place} plugins.${i}`, error });
    }
  }
  if (problems.length > 0) throw errorOf(problems);
  return loaded;
}

interface Problem {
  readonly place: string;
  readonly error: unknown;
}

function errorOf(problems: readonly Problem[]): UserError {
  const write = (option: OptionNaming): string =>
    problems.map(({ place, error }) => `${place}: ${messageNaming(error, option)}`).join('\n');
  const untrusted = problems.map(({ error }) => error).filter(isUntrustedCode);
  if (untrusted.length === 0) return new UserError(write);
  return new UntrustedCode(
    write,
    untrusted.flatMap(({ names }) => names),
  );
}

function twice({ name, version }: Plugin, next: LoadedPlugin): string {
  return `${name} ${version} is already loaded, and ${displayPath(next.file)} is another copy; remove one`;
}

function findPlugin(name: string, folder: string): string {
  try {
    return locate(name, folder);
  } catch (error) {
    const cure = name.startsWith('.') ? 'correct the path' : `install it where ${folder} can import it`;
    throw new UserError(`missing plugin "${name}": ${(error as Error).message}; ${cure}`, { cause: error });
  }
}

async function importDefault(name: string, file: string): Promise<unknown> {
  try {
    return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (cause) {
    const detail = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new UserError(`invalid plugin "${name}": loading ${displayPath(file)} failed with ${detail}`, { cause });
  }
}

// Before it is loaded: with other versions than it was written for, loading may fail in ways that say less.
function checkPeers(name: string, file: string): void {
  try {
    checkPeerDependencies(file);
  } catch (cause) {
    throw new UserError(`invalid plugin "${name}": ${(cause as Error).message}`, { cause });
  }
}

function checkPlugin(exported: unknown, name: string): Plugin {
  const parsed = pluginShape.safeParse(exported);
  if (!parsed.success) {
    throw new UserError(
      `invalid plugin "${name}": its default export is not a plugin; write export default definePlugin(...)`,
    );
  }
  const { name: ownName, version: ownVersion, api } = parsed.data;
  if (api !== PLUGIN_API) {
    const other = typeof api === 'number' && api > PLUGIN_API ? 'a newer @unfold-zoo/core' : 'a newer version of it';
    throw new UserError(
      `invalid plugin "${name}": ${ownName} ${ownVersion} speaks plugin interface ${api}, and @unfold-zoo/core ` +
        `${version} speaks ${PLUGIN_API}; install ${other}`,
    );
  }
  return exported as Plugin;
}

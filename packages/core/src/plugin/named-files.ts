import { readdirSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../errors.js';
import type { NamedFilesPlace, PluginFacts } from './plugin.js';

/** What a plugin may bring by a bare name. */
export type NamedKind = 'presets' | 'topologies' | 'benchmarks';

/** Files of plugins that go by a bare name, such as presets. */
export interface NamedFiles {
  /** The bare names, in the order of the plugins. */
  readonly names: readonly string[];
  /**
   * Absolute path of the file of a bare name, or of one with the plugin's name before it: `small`, `@me/plugin/small`.
   * Undefined where no plugin has such a file.
   * @throws UserError if several plugins have a file of the bare name; it names them.
   */
  find(name: string): string | undefined;
}

/** The presets of plugins. */
export function presetsOf(plugins: readonly PluginFacts[]): NamedFiles {
  return namedFiles(plugins, 'presets');
}

/** The topologies of plugins. */
export function topologiesOf(plugins: readonly PluginFacts[]): NamedFiles {
  return namedFiles(plugins, 'topologies');
}

/** The benchmarks of plugins. */
export function benchmarksOf(plugins: readonly PluginFacts[]): NamedFiles {
  return namedFiles(plugins, 'benchmarks');
}

/** The files of one kind that plugins bring. */
export function namedFiles(plugins: readonly PluginFacts[], kind: NamedKind): NamedFiles {
  const all = plugins.flatMap((plugin) =>
    filesOf(plugin, kind).map(([name, file]) => ({ name, file, fullName: `${plugin.name}/${name}` })),
  );
  return {
    names: [...new Set(all.map(({ name }) => name))],
    find(wanted) {
      const found = all.filter(({ name, fullName }) => wanted === name || wanted === fullName);
      if (found.length <= 1) return found[0]?.file;
      const full = found.map(({ fullName }) => `"${fullName}"`).join(' or ');
      throw new UserError(`duplicate ${SINGULAR[kind]}: several plugins have a "${wanted}"; write ${full}`);
    },
  };
}

const SINGULAR: Readonly<Record<NamedKind, string>> = {
  presets: 'preset',
  topologies: 'topology',
  benchmarks: 'benchmark',
};

function filesOf(plugin: PluginFacts, kind: NamedKind): readonly (readonly [name: string, file: string])[] {
  const place = plugin[kind];
  if (place === undefined) return [];
  if (typeof place !== 'object') {
    const cure = `write new URL('../${kind}/', import.meta.url)`;
    throw new UserError(`invalid plugin "${plugin.name}": expected ${kind} to be a URL or URLs by name; ${cure}`);
  }
  if (!isFolder(place)) return Object.entries(place).map(([name, url]) => [name, fileURLToPath(url)]);
  const folder = fileURLToPath(place);
  return readFolder(folder, plugin, kind)
    .filter((file) => extname(file) === '.yaml')
    .sort()
    .map((file) => [basename(file, '.yaml'), join(folder, file)]);
}

// By its tag, so that the URL of another realm is one too.
function isFolder(place: NamedFilesPlace): place is URL {
  return Object.prototype.toString.call(place) === '[object URL]';
}

function readFolder(folder: string, { name }: PluginFacts, kind: NamedKind): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    throw new UserError(`invalid plugin "${name}": there is no folder ${folder} for its ${kind}`, { cause });
  }
}

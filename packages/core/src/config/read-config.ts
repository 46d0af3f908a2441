import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../errors.js';
import { locate } from './locate.js';
import { displayPath, type Located, type LocatedMap, type Origin, parseYaml } from './located.js';
import { merge } from './merge.js';
import { alternatives } from './nearest.js';

/** Files of the presets that go by a bare name. */
export type Presets = Readonly<Record<string, string>>;

/** Reads a config, named as `extends` names one, and puts it on top of whatever it extends. */
export function readConfig(name: string, presets: Presets): LocatedMap {
  const file = findConfig(name, process.cwd(), presets);
  return readExtended(readFile(file), presets, [file]);
}

/** Puts a map that may have a key `extends` on top of the config that this names, without the key. */
export function readExtended(config: LocatedMap, presets: Presets, chain: readonly string[] = []): LocatedMap {
  const { entries, origin } = config;
  const parent = entries.get('extends')?.value;
  const own: LocatedMap = { type: 'map', origin, entries: new Map([...entries].filter(([key]) => key !== 'extends')) };
  if (!parent || (parent.type === 'scalar' && parent.value === null)) return own;
  const base = parentFile(parent, presets);
  if (chain.includes(base)) {
    const circle = [...chain, base].map(displayPath).join(' -> ');
    throw new UserError(`${parent.origin.place} extends: a config cannot extend itself: ${circle}`);
  }
  return merge(readExtended(readFile(base), presets, [...chain, base]), own) as LocatedMap;
}

function parentFile(parent: Located, presets: Presets): string {
  const { place, folder } = parent.origin;
  if (parent.type !== 'scalar' || typeof parent.value !== 'string') {
    throw new UserError(`${place} extends: expected the name of a preset, a path or something in a package`);
  }
  try {
    return findConfig(parent.value, folder, presets);
  } catch (error) {
    throw new UserError(`${place} extends: ${(error as Error).message}`, { cause: error });
  }
}

function findConfig(name: string, folder: string, presets: Presets): string {
  if (Object.hasOwn(presets, name)) return presets[name]!;
  try {
    return locate(name, folder);
  } catch (error) {
    const isBareName = /^[\w-]+$/.test(name);
    const message = isBareName
      ? `unknown preset "${name}"${alternatives(name, 'presets', Object.keys(presets))}`
      : `missing config "${name}": ${(error as Error).message}`;
    throw new UserError(message, { cause: error });
  }
}

function readFile(file: string): LocatedMap {
  const shown = displayPath(file);
  const folder = dirname(file);
  const originAt = (line: number, column: number): Origin => ({ place: `${shown}:${line}:${column}`, folder });
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

import { UserError } from '../errors.js';
import { type Located, type LocatedMap, type Origin, plainValue } from './located.js';
import { parseYaml } from './parse-yaml.js';
import { keysSet, withoutShortSpelling } from './training-roles/short-spelling.js';

/**
 * `overlay` on top of `base`: the keys of maps are merged, at every depth; a map that changes `kind` replaces the
 * whole map, since the options of one kind mean nothing to another; anything else, lists too, is replaced whole.
 * A null is kept, to be taken out once the whole config is known.
 */
export function merge(base: Located, overlay: Located): Located {
  if (base.type !== 'map' || overlay.type !== 'map' || changesKind(base, overlay)) return overlay;
  const entries = new Map(base.entries);
  for (const [name, { key, value }] of overlay.entries) {
    const below = base.entries.get(name);
    entries.set(name, { key, value: below ? merge(below.value, value) : value });
  }
  return { type: 'map', origin: overlay.origin, entries };
}

/** `merge` of whole configs: a role that `overlay` chooses also takes the place of the short spelling in `base`. */
export function mergeConfigs(base: LocatedMap, overlay: LocatedMap): LocatedMap {
  return merge(withoutShortSpelling(base, keysSet(overlay)), overlay) as LocatedMap;
}

function changesKind(base: LocatedMap, overlay: LocatedMap): boolean {
  const [before, after] = [base, overlay].map(({ entries }) => entries.get('kind')?.value);
  return before !== undefined && after !== undefined && plainValue(before) !== plainValue(after);
}

/** What messages call overrides that the command line gave. */
export const COMMAND_LINE_SET = '--set';

/**
 * Applies `a.b=c`: c is YAML and is merged at the path a.b, where a number picks an item of a list. Relative paths in c
 * start from the working directory.
 * @param writtenWith what the user gave the override with, for messages: `--set`, or `set` in a call of the library.
 * @throws UserError for an assignment that is none, and for a path that the config has no place for.
 */
export function override(config: LocatedMap, assignment: string, writtenWith = COMMAND_LINE_SET): LocatedMap {
  const equals = assignment.indexOf('=');
  const path = assignment.slice(0, equals).trim();
  const keys = path.split('.');
  if (equals < 0 || keys.includes('')) {
    throw new UserError(`invalid ${writtenWith} ${assignment}: expected key.path=value, e.g. training.steps=1000`);
  }
  if (path === 'extends') throw new UserError(`invalid ${writtenWith} extends: name the config to start from instead`);
  const origin: Origin = { place: `${writtenWith} ${path}`, key: path, folder: process.cwd() };
  const value = parseYaml(assignment.slice(equals + 1), () => origin);
  return mergeAt(config, keys, value);
}

/**
 * A config with a value merged at a path; a key of it that is a number picks an item of a list.
 * @throws UserError for a path that the config has no place for.
 */
export function mergeAt(config: LocatedMap, path: readonly string[], value: Located): LocatedMap {
  const below = plainValue(value) === null ? config : withoutShortSpelling(config, path.slice(0, 1));
  return assign(below, path, value) as LocatedMap;
}

function assign(target: Located | undefined, keys: readonly string[], value: Located): Located {
  const [key, ...rest] = keys;
  const { origin } = value;
  if (key === undefined) return target ? merge(target, value) : value;
  if (target?.type === 'list') {
    const item = /^\d+$/.test(key) ? target.items[Number(key)] : undefined;
    if (!item) {
      throw new UserError(
        `${origin.place}: unknown item "${key}", the list has ${target.items.length}, counted from 0`,
      );
    }
    return { ...target, items: target.items.with(Number(key), assign(item, rest, value)) };
  }
  if (target?.type === 'scalar' && target.value !== null) {
    const got = JSON.stringify(target.value);
    throw new UserError(`${origin.place}: unknown path, there is no "${key}" in ${got} (${target.origin.place})`);
  }
  const below = target?.type === 'map' ? target.entries.get(key)?.value : undefined;
  const entries = new Map([[key, { key: origin, value: assign(below, rest, value) }]]);
  const overlay: Located = { type: 'map', origin, entries };
  return target ? merge(target, overlay) : overlay;
}

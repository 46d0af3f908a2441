import { Document, isScalar } from 'yaml';
import type { LoadedPlugin } from '../plugin/load-plugins.js';
import type { Plugin } from '../plugin/plugin.js';
import { valueAt } from './value-at.js';

/** What a resolved config is made of. */
export interface Resolved {
  /** What files and overrides say together, nulls included. */
  readonly written: unknown;
  /** The parsed config, roles and all. */
  readonly parsed: Readonly<Record<string, unknown>>;
  readonly builtIn: readonly Plugin[];
  readonly loaded: readonly LoadedPlugin[];
  /** Who wrote the value at a path. */
  origin(path: readonly string[]): string | undefined;
}

/**
 * Writes a parsed config out, each value with a comment on where it came from. Plugins and files are named by absolute
 * paths, so that the result loads from any folder of this machine.
 */
export function resolvedYaml({ written, parsed, builtIn, loaded, origin }: Resolved): string {
  const { name, seed, training, ...roles } = parsed;
  const plugins = loaded.length > 0 ? { plugins: loaded.map(({ file }) => file) } : {};
  const document = new Document({ name, seed, ...plugins, ...roles, training }, { aliasDuplicateObjects: false });
  const known = builtIn.map((plugin) => `\n   ${nameAndVersion(plugin)}`);
  document.commentBefore = ` Plugins that need not be listed:${known.join('') || ' none'}`;
  // What was taken out must not come back from a preset that lies beneath every config.
  for (const path of leaves(written)) if (isTakenOut(path, written, parsed)) document.setIn(path, null);
  for (const path of leaves(parsed)) comment(document, path, origin(path) ?? '');
  for (const [i, { plugin, writtenAs }] of loaded.entries()) {
    comment(document, ['plugins', `${i}`], `${nameAndVersion(plugin)}, written as ${writtenAs}`);
  }
  return document.toString({ lineWidth: 0 });
}

function nameAndVersion({ name, version }: Plugin): string {
  return `${name} ${version}`;
}

function isTakenOut(path: readonly string[], written: unknown, parsed: unknown): boolean {
  const wasThere = path.length === 1 || valueAt(parsed, path.slice(0, -1)) !== undefined;
  return valueAt(written, path) === null && valueAt(parsed, path) === undefined && wasThere;
}

function comment(document: Document, path: readonly string[], text: string): void {
  const node = document.getIn(path, true);
  if (isScalar(node)) node.comment = ` ${text}`;
}

function* leaves(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (typeof value !== 'object' || value === null) yield path;
  else for (const [key, below] of Object.entries(value)) yield* leaves(below, [...path, key]);
}

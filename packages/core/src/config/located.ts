import { relative } from 'node:path';
import { stringify } from 'yaml';
import type { Received } from '../trust/received.js';

/** Who wrote a value. */
export interface Origin {
  /** What to call it: `run.yaml:3:5`, or `--set denoiser.blocks`. */
  readonly place: string;
  /** The key that an override sets, which `place` ends with; absent for what a file or an object says. */
  readonly key?: string;
  /** Where relative paths in the value start from. */
  readonly folder: string;
  /** Set for what the folder of a run or benchmark says, which others may have made. */
  readonly received?: Received;
}

/** A value of a config that remembers who wrote each part of it. */
export type Located = LocatedMap | LocatedList | LocatedScalar;

/** Keys with values, as a config writes them. */
export interface LocatedMap {
  readonly type: 'map';
  readonly origin: Origin;
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}

/** A key of a map, and its value. */
export interface LocatedEntry {
  /** Who wrote the key. */
  readonly key: Origin;
  readonly value: Located;
}

/** A list of values. */
export interface LocatedList {
  readonly type: 'list';
  readonly origin: Origin;
  readonly items: readonly Located[];
}

/** A text, a number, a truth value or null. */
export interface LocatedScalar {
  readonly type: 'scalar';
  readonly origin: Origin;
  readonly value: unknown;
}

/** How a file is named to its user: relative to the working directory when it is under it. */
export function displayPath(file: string): string {
  const fromHere = relative(process.cwd(), file);
  return fromHere.startsWith('..') ? file : fromHere;
}

/** The value alone. */
export function plainValue(node: Located): unknown {
  if (node.type === 'scalar') return node.value;
  if (node.type === 'list') return node.items.map(plainValue);
  return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plainValue(value)]));
}

/** What is at a path, with the origin of its key; undefined where nobody wrote anything. */
export function findAt(root: Located, path: readonly string[]): LocatedEntry | undefined {
  return path.reduce<LocatedEntry | undefined>((found, key) => found && child(found.value, key), {
    key: root.origin,
    value: root,
  });
}

function child(node: Located, key: string): LocatedEntry | undefined {
  if (node.type === 'map') return node.entries.get(key);
  const value = node.type === 'list' ? node.items[Number(key)] : undefined;
  return value && { key: value.origin, value };
}

/** YAML of plain values. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}

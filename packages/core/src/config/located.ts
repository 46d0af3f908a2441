import { relative } from 'node:path';
import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, stringify } from 'yaml';
import { UserError } from '../errors.js';

/** Who wrote a value. */
export interface Origin {
  /** What to call it: `run.yaml:3:5`, or `--set denoiser.blocks`. */
  readonly place: string;
  /** The key that an override sets, which `place` ends with; absent for what a file or an object says. */
  readonly key?: string;
  /** Where relative paths in the value start from. */
  readonly folder: string;
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

/**
 * Parses YAML 1.2. `locate` says who wrote what is at a line and column, both from 1.
 * @throws UserError that lists everything the parser objects to, its warnings included.
 */
export function parseYaml(text: string, locate: (line: number, column: number) => Origin): Located {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const originAt = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return locate(line, col);
  };
  const problems = [...document.errors, ...document.warnings];
  if (problems.length > 0) {
    throw new UserError(problems.map(({ pos, message }) => `${originAt(pos[0]).place}: ${message}`).join('\n'));
  }

  const convert = (node: ParsedNode | null, fallback: Origin, within: readonly ParsedNode[]): Located => {
    if (node === null) return { type: 'scalar', origin: fallback, value: null };
    const origin = originAt(node.range[0]);
    if (isScalar(node)) return { type: 'scalar', origin, value: node.value };
    if (isAlias(node)) {
      const target = node.resolve(document) as ParsedNode;
      if (within.includes(target)) throw new UserError(`${origin.place}: *${node.source} contains itself`);
      return convert(target, origin, within);
    }
    const inside = [...within, node];
    if (isSeq(node)) return { type: 'list', origin, items: node.items.map((item) => convert(item, origin, inside)) };
    const entries = new Map<string, LocatedEntry>();
    for (const { key, value } of isMap(node) ? node.items : []) {
      const keyOrigin = originAt(key.range[0]);
      if (!isScalar(key)) throw new UserError(`${keyOrigin.place}: invalid key: expected text, got a list or map`);
      entries.set(String(key.value), { key: keyOrigin, value: convert(value, keyOrigin, inside) });
    }
    return { type: 'map', origin, entries };
  };
  return convert(document.contents, locate(1, 1), []);
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

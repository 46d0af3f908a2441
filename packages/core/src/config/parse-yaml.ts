import {
  isAlias,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { UserError } from '../errors.js';
import { firstLines } from './first-lines.js';
import type { Located, LocatedEntry, Origin } from './located.js';

/**
 * What a config may be at most. The largest of ours has 200 values; aliases of aliases, of which 400 characters can
 * stand for more values than any memory holds, are what the limits are for.
 */
const LIMITS = { characters: 200_000, values: 20_000, depth: 50 };

/** Says who wrote what is at a line and column, both from 1. */
type Locate = (line: number, column: number) => Origin;

/**
 * Parses YAML 1.2.
 * @throws UserError that lists everything the parser objects to, its warnings included; or for a text that is longer,
 * deeper or, with its aliases written out, has more values than any config needs.
 */
export function parseYaml(text: string, locate: Locate): Located {
  const start = locate(1, 1);
  if (text.length > LIMITS.characters) {
    throw new UserError(`${start.place}: invalid YAML: expected at most ${LIMITS.characters} characters`);
  }
  const lines = new LineCounter();
  const originAt = (offset: number): Origin => {
    const { line, col } = lines.linePos(offset);
    return locate(line, col);
  };
  const document = parse(text, lines);
  checkProblems([...document.errors, ...document.warnings], originAt);
  return new Conversion(originAt, anchorsOf(document.contents)).convert(document.contents, start, []);
}

class Conversion {
  readonly #originAt: (offset: number) => Origin;
  readonly #anchors: Anchors;
  #values = 0;

  constructor(originAt: (offset: number) => Origin, anchors: Anchors) {
    this.#originAt = originAt;
    this.#anchors = anchors;
  }

  /** `within`: the lists and maps around the node, the outermost first. */
  convert(node: Node | null, fallback: Origin, within: readonly Node[]): Located {
    if (!node) return { type: 'scalar', origin: fallback, value: null };
    const origin = this.#originAt(node.range![0]);
    this.#count(origin, within.length);
    if (isScalar(node)) return { type: 'scalar', origin, value: node.value };
    if (isAlias(node)) {
      const target = this.#anchors.get(node);
      if (!target)
        throw new UserError(`${origin.place}: unknown alias *${node.source}: nothing above is named &${node.source}`);
      if (within.includes(target)) throw new UserError(`${origin.place}: *${node.source} contains itself`);
      return this.convert(target, origin, within);
    }
    const inside = [...within, node];
    if (isSeq(node)) {
      const items = (node.items as Node[]).map((item) => this.convert(item, origin, inside));
      return { type: 'list', origin, items };
    }
    return { type: 'map', origin, entries: this.#entries(node as YAMLMap<Node, Node | null>, inside) };
  }

  #entries(map: YAMLMap<Node, Node | null>, inside: readonly Node[]): Map<string, LocatedEntry> {
    const entries = new Map<string, LocatedEntry>();
    for (const { key, value } of map.items) {
      const origin = this.#originAt(key.range![0]);
      if (!isScalar(key)) throw new UserError(`${origin.place}: invalid key: expected text, got a list or map`);
      const name = String(key.value);
      if (entries.has(name)) throw new UserError(`${origin.place}: invalid key "${name}": it is there twice`);
      entries.set(name, { key: origin, value: this.convert(value, origin, inside) });
    }
    return entries;
  }

  #count({ place }: Origin, depth: number): void {
    this.#values++;
    if (this.#values > LIMITS.values) {
      throw new UserError(`${place}: invalid YAML: with its aliases it has more than ${LIMITS.values} values`);
    }
    if (depth > LIMITS.depth) throw tooDeep(place);
  }
}

/** What each alias stands for: the last node before it that has its name. */
type Anchors = ReadonlyMap<Node, Node>;

function anchorsOf(root: Node | null): Anchors {
  const named = new Map<string, Node>();
  const anchors = new Map<Node, Node>();
  if (!root) return anchors;
  visit(root, {
    Node: (_, node) => {
      if (isAlias(node)) {
        const target = named.get(node.source);
        if (target) anchors.set(node, target);
      } else if (node.anchor) {
        named.set(node.anchor, node);
      }
    },
  });
  return anchors;
}

// The parser's own look for keys that are there twice takes minutes for thousands of them.
function parse(text: string, lineCounter: LineCounter): ReturnType<typeof parseDocument> {
  return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false });
}

// The parser calls itself for every list in a list, and says so when it runs out of stack.
function checkProblems(problems: readonly YAMLError[], originAt: (offset: number) => Origin): void {
  const places = problems.map(({ pos, message }) => ({ place: originAt(pos[0]).place, message }));
  const overflow = places.find(({ message }) => message.includes('call stack'));
  if (overflow) throw tooDeep(overflow.place);
  if (places.length === 0) return;
  throw new UserError(firstLines(places.map(({ place, message }) => `${place}: ${message}`)));
}

function tooDeep(place: string): UserError {
  return new UserError(`${place}: invalid YAML: lists and maps are nested more than ${LIMITS.depth} deep`);
}

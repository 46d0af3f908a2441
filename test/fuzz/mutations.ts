import type { Rng } from '@unfold-zoo/core';
import { damaged } from '../fixtures/data/damage.js';

/** Another version of a file's bytes. */
export type Mutation = (bytes: Uint8Array, rng: Rng) => Uint8Array;

/** Values that formats and readers are apt to treat wrongly. */
const ODD_VALUES: readonly unknown[] = [
  ...[null, true, '', 'x', '\u001b[31m', '__proto__', [], {}, [[]], 0, -0, -1, 0.5, 1e308, -1e308, 1e-320],
  ...[2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 4294967295, 'NaN', 'Infinity', '../..', 'y'.repeat(5000)],
];

/** Pieces that mean something in YAML, JSON and assignments. */
const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ':',
    ': ',
    ',',
    '\n',
    '\n  ',
    '- ',
    '"',
    "'",
    '#',
    '&a ',
    '*a',
    '<<: *a',
    '!!binary ',
    '---\n',
  ],
  ...[
    'null',
    '~',
    '.nan',
    '.inf',
    '-1',
    '0',
    '1e999',
    '0x7fffffff',
    '99999999999999999999',
    'kind: none',
    '__proto__: 1',
  ],
  ...['|', '>', '?', '=', '\0', '\t', '\u2028', '\ud800', 'extends: ', '[[[[[[[[', '? ? ? ? ', '%YAML 9.9\n', '\ufeff'],
];

/** Bytes turned, blotted out or cut off, or a whole number of 4 or 8 bytes replaced by an extreme one. */
export function mutatedBytes(bytes: Uint8Array, rng: Rng): Uint8Array {
  if (rng.uniform() < 0.7 || bytes.length < 16) return damaged(bytes, rng);
  const copy = Uint8Array.from(bytes);
  // Half of the numbers are near the begin, where most formats have their headers.
  const end = rng.uniform() < 0.5 ? Math.min(copy.length, 4096) : copy.length;
  const value = pick([0n, 1n, 0x7fn, 0xffffn, 0x7fffffffn, 0xffffffffn, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n], rng);
  const view = new DataView(copy.buffer);
  const at = rng.integer(end - 8);
  if (rng.uniform() < 0.5) view.setBigUint64(at, value, true);
  else view.setUint32(at, Number(value & 0xffffffffn), true);
  return copy;
}

/** Text of YAML or of an assignment: as bytes, or with a piece put in, a line doubled, moved or left out. */
export function mutatedText(bytes: Uint8Array, rng: Rng): Uint8Array {
  if (rng.uniform() < 0.2) return damaged(bytes, rng);
  let text = Buffer.from(bytes).toString('utf8');
  const times = 1 + rng.integer(3);
  for (let i = 0; i < times; i++) text = rng.uniform() < 0.6 ? withPiece(text, rng) : withOtherLines(text, rng);
  return Buffer.from(text);
}

function withPiece(text: string, rng: Rng): string {
  const at = rng.integer(text.length + 1);
  // What is put in replaces up to a word.
  const rest = rng.uniform() < 0.5 ? text.slice(at) : text.slice(at).replace(/^[\w.-]+|^./, '');
  return text.slice(0, at) + pick(PIECES, rng) + rest;
}

function withOtherLines(text: string, rng: Rng): string {
  const lines = text.split('\n');
  const [from, to] = [rng.integer(lines.length), rng.integer(lines.length)];
  const change = rng.integer(3);
  const line = change === 0 ? lines[from]! : lines.splice(from, 1)[0]!;
  if (change < 2) lines.splice(to, 0, line);
  return lines.join('\n');
}

/** A file of JSON: as text, or with a value somewhere replaced, doubled, renamed or left out. */
export function mutatedJson(bytes: Uint8Array, rng: Rng): Uint8Array {
  if (rng.uniform() < 0.3) return mutatedText(bytes, rng);
  const root = { value: JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown };
  const times = 1 + rng.integer(2);
  for (let i = 0; i < times; i++) changeSomewhere(root, rng);
  return Buffer.from(JSON.stringify(root.value));
}

/** Lines of JSON, of which one is mutated as JSON is, or the text as a whole. */
export function mutatedJsonLines(bytes: Uint8Array, rng: Rng): Uint8Array {
  if (rng.uniform() < 0.3) return mutatedText(bytes, rng);
  const lines = Buffer.from(bytes).toString('utf8').trimEnd().split('\n');
  const at = rng.integer(lines.length);
  lines[at] = Buffer.from(mutatedJson(Buffer.from(lines[at]!), rng)).toString('utf8');
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** A safetensors file: as bytes, or with its header mutated as JSON is and the length of the header put right. */
export function mutatedSafetensors(bytes: Uint8Array, rng: Rng): Uint8Array {
  if (rng.uniform() < 0.5) return mutatedBytes(bytes, rng);
  const file = Buffer.from(bytes);
  const end = 8 + Number(file.readBigUInt64LE(0));
  const header = mutatedJson(file.subarray(8, end), rng);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, file.subarray(end)]);
}

type Container = Record<string, unknown>;

function changeSomewhere(root: Container, rng: Rng): void {
  const places = placesBelow(root);
  const { container, key } = pick(places, rng);
  const change = rng.integer(4);
  if (change === 0 && container !== root) delete container[key];
  else if (change === 1 && !Array.isArray(container) && container !== root) container[`${key}x`] = container[key];
  else if (change === 2) container[key] = pick(places, rng).container[key] ?? [container[key]];
  else container[key] = pick(ODD_VALUES, rng);
  // What was put inside itself cannot be written.
  if (isCircular(root)) container[key] = null;
}

function placesBelow(container: Container): { readonly container: Container; readonly key: string }[] {
  return Object.keys(container).flatMap((key) => {
    const value = container[key];
    const below = typeof value === 'object' && value !== null ? placesBelow(value as Container) : [];
    return [{ container, key }, ...below];
  });
}

function isCircular(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}

function pick<T>(values: readonly T[], rng: Rng): T {
  return values[rng.integer(values.length)]!;
}

import * as zlib from 'node:zlib';
import { type NodeUnpacker, unpackWhole, zstdOfNode } from '../node-unpackers.js';
import type { Jsroot } from './jsroot.js';

/** Before each part: two letters that name its compression, a method, and its lengths packed and unpacked. */
const HEADER = 9;

interface PackedPart {
  readonly kind: string;
  readonly bytes: Uint8Array;
  readonly size: number;
}

/** Compressions that this Node knows itself. */
const OF_NODE: Readonly<Record<string, NodeUnpacker | undefined>> = {
  ZL: zlib.inflateSync,
  ZS: zstdOfNode,
};

/**
 * Unpacks the contents of a basket, in parts of at most 16 MB: with Node where it knows their compressions, else with
 * jsroot.
 * @throws Error for contents that are damaged, or not as long as said.
 */
export async function unpack(packed: Uint8Array, size: number, { unzip }: Pick<Jsroot, 'unzip'>): Promise<Uint8Array> {
  const parts = partsOf(packed);
  const sum = parts.reduce((total, part) => total + part.size, 0);
  if (sum !== size) throw new Error(`it unpacks to ${sum} bytes, expected ${size}`);
  if (parts.every(({ kind }) => OF_NODE[kind])) return joined(parts.map(unpackPart), size);
  const view = await unzip(new DataView(packed.buffer, packed.byteOffset, packed.byteLength), size, true);
  if (!view) throw new Error('its compressed contents are damaged');
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function partsOf(packed: Uint8Array): PackedPart[] {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const parts: PackedPart[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + HEADER + (at + HEADER <= bytes.length ? bytes.readUIntLE(at + 3, 3) : 0);
    if (at + HEADER > bytes.length || end > bytes.length) throw new Error('its compressed contents are cut off');
    const kind = bytes.toString('latin1', at, at + 2);
    parts.push({ kind, bytes: bytes.subarray(at + HEADER, end), size: bytes.readUIntLE(at + 6, 3) });
    at = end;
  }
  return parts;
}

function unpackPart({ kind, bytes, size }: PackedPart): Uint8Array {
  const found = unpackWhole(OF_NODE[kind]!, bytes, size);
  if (found.length !== size) throw new Error(`a part of it unpacks to ${found.length} bytes, expected ${size}`);
  return found;
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(size);
  let filled = 0;
  for (const part of parts) {
    all.set(part, filled);
    filled += part.length;
  }
  return all;
}

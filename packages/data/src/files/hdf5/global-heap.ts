import { readSync } from 'node:fs';

/** How a global heap, which holds text of variable length, begins: signature, version, three zeros. */
const START = Buffer.from('GCOL\x01\0\0\0', 'latin1');

/** Bytes of the head of a heap, and of each of its objects. */
const HEAD = 16;

/**
 * Whether the bytes that were read at a position of a file hold the start of a global heap whose objects do not fit in
 * it: one of index 0 and size 0, or of a size that overflows, makes the library go round for ever, and heaps have no
 * checksum.
 */
export function holdsBrokenHeap(bytes: Uint8Array, descriptor: number, position: number): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = buffer.indexOf(START); at >= 0; at = buffer.indexOf(START, at + 1)) {
    if (isBroken(descriptor, position + at)) return true;
  }
  return false;
}

function isBroken(descriptor: number, start: number): boolean {
  const end = start + (numbersAt(descriptor, start)?.size ?? 0);
  let position = start + HEAD;
  while (position + HEAD <= end) {
    const object = numbersAt(descriptor, position);
    if (!object) return true;
    const padded = object.index > 0 ? HEAD + 8 * Math.ceil(object.size / 8) : object.size;
    if (padded === 0 || position + padded > end) return true;
    position += padded;
  }
  return false;
}

function numbersAt(
  descriptor: number,
  position: number,
): { readonly index: number; readonly size: number } | undefined {
  const head = Buffer.alloc(HEAD);
  if (readSync(descriptor, head, 0, HEAD, position) < HEAD) return undefined;
  return { index: head.readUInt16LE(0), size: Number(head.readBigUInt64LE(8)) };
}

/** Bytes of spare memory at most. */
const MOST = 2 ** 25;
/** Sizes between two powers of two, so that memory fits pages that are a little larger too. */
const SIZES = 8;
/** Bytes behind those that are asked for: whole words may be written beyond the end. */
export const SLACK = 8;

/** By size; those sizes come last that were used last. */
const spare = new Map<number, Uint8Array<ArrayBuffer>[]>();
let spareBytes = 0;

/**
 * Memory for so many bytes at least, and some more, with anything in it. That of pages that are done with is used
 * again: fresh memory takes longer to get, and to be rid of, than a page to unpack.
 */
export function takeMemory(size: number): Uint8Array<ArrayBuffer> {
  const bytes = roundedUp(size + SLACK);
  const found = spare.get(bytes)?.pop();
  if (!found) return new Uint8Array(Buffer.allocUnsafeSlow(bytes).buffer);
  spareBytes -= bytes;
  return found;
}

/** Gives memory back, which nothing may read any more. */
export function giveBack(memory: Uint8Array<ArrayBuffer>): void {
  const bytes = memory.length;
  const alike = spare.get(bytes) ?? [];
  spare.delete(bytes);
  spare.set(bytes, alike);
  alike.push(memory);
  spareBytes += bytes;
  for (const [size, those] of spare) {
    while (spareBytes > MOST && those.pop()) spareBytes -= size;
    if (those.length === 0) spare.delete(size);
    if (spareBytes <= MOST) break;
  }
}

function roundedUp(size: number): number {
  const step = 2 ** Math.max(Math.floor(Math.log2(size)) - Math.log2(SIZES), 3);
  return Math.ceil(size / step) * step;
}

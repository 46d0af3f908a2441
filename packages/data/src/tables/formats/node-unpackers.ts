import zlib from 'node:zlib';

/** Unpacks at once; a function of `node:zlib`. */
export type NodeUnpacker = (
  packed: Uint8Array,
  options: { readonly chunkSize: number; readonly maxOutputLength: number },
) => Uint8Array;

/** Zstandard, which Node has from 22.15 and 23.8 on. */
export const zstdOfNode = (zlib as { zstdDecompressSync?: NodeUnpacker }).zstdDecompressSync;

/** Bytes that Node unpacks to at once, at least. */
const LEAST_CHUNK = 64;

/** Unpacks to `size` bytes in one piece, so that no pieces are joined. @throws Error for damage and for more bytes. */
export function unpackWhole(unpacker: NodeUnpacker, packed: Uint8Array, size: number): Uint8Array {
  return unpacker(packed, { chunkSize: Math.max(size, LEAST_CHUNK), maxOutputLength: Math.max(size, 1) });
}

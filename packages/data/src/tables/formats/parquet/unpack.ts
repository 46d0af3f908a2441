import zlib from 'node:zlib';
import type { ColumnMetaData, Compressors } from 'hyparquet';
import { type NodeUnpacker, unpackWhole, zstdOfNode } from '../node-unpackers.js';

/** Compressions that this Node knows itself, which are unpacked faster than by the library. */
const OF_NODE: Readonly<Record<string, NodeUnpacker | undefined>> = {
  GZIP: zlib.gunzipSync,
  BROTLI: zlib.brotliDecompressSync,
  ZSTD: zstdOfNode,
};

async function loadCompressors(): Promise<Compressors> {
  const { compressors } = await import('hyparquet-compressors');
  const ofNode = Object.entries(OF_NODE).flatMap(([codec, unpacker]) =>
    unpacker ? [[codec, (packed: Uint8Array, size: number) => unpackWhole(unpacker, packed, size)] as const] : [],
  );
  return { ...compressors, ...Object.fromEntries(ofNode) };
}

let loaded: Promise<Compressors> | undefined;

/**
 * The bytes of a page, of which nothing else that was read is held.
 * @param size its bytes, as its header says.
 * @throws Error for damage, and for a compression that is not known.
 */
export async function unpack(meta: ColumnMetaData, packed: Uint8Array, size: number): Promise<Uint8Array> {
  if (!(size >= 0 && size <= Number(meta.total_uncompressed_size)))
    throw new Error(`a page of ${size} bytes, more than all are`);
  const isPacked = meta.codec !== 'UNCOMPRESSED';
  loaded ??= loadCompressors();
  const compressor = isPacked ? (await loaded)[meta.codec] : undefined;
  if (isPacked && !compressor) throw new Error(`its compression ${meta.codec} is not known`);
  // LZ4 of nothing, as the dictionary of a column of nulls has it, is damage to the library.
  if (size === 0) return new Uint8Array(0);
  const page = compressor ? compressor(packed, size) : packed.slice();
  if (page.length !== size) throw new Error(`a page of ${page.length} bytes that says ${size}`);
  return page;
}

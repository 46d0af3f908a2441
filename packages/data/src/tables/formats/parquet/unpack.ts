import zlib from 'node:zlib';
import type { ColumnMetaData, Compressors } from 'hyparquet';
import { type NodeUnpacker, unpackWhole, zstdOfNode } from '../node-unpackers.js';
import { takeMemory } from './page-memory.js';
import { unpackSnappy } from './snappy.js';

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

/** Unpacks the pages of a column. */
export type Unpacker = (packed: Uint8Array, size: number) => Uint8Array<ArrayBuffer>;

let loaded: Promise<Compressors> | undefined;

/**
 * What unpacks pages of a column to `size` bytes at the front of memory that is given back when they are done with.
 * @throws Error for damage, and for a compression that is not known.
 */
export async function unpackerOf(meta: ColumnMetaData): Promise<Unpacker> {
  const { codec } = meta;
  const most = Number(meta.total_uncompressed_size);
  loaded ??= loadCompressors();
  const unpackTo = OWN[codec] ?? copied((await loaded)[codec], codec);
  return (packed, size) => {
    if (!(size >= 0 && size <= most)) throw new Error(`a page of ${size} bytes, more than all are`);
    const memory = takeMemory(size);
    // LZ4 of nothing, as the dictionary of a column of nulls has it, is damage to the library.
    if (size > 0) unpackTo(packed, memory, size);
    return memory;
  };
}

type UnpackTo = (packed: Uint8Array, memory: Uint8Array, size: number) => void;

/** Those that are unpacked where the page will be. */
const OWN: Readonly<Record<string, UnpackTo | undefined>> = {
  SNAPPY: unpackSnappy,
  UNCOMPRESSED: copyPage,
};

function copied(compressor: Compressors[keyof Compressors], codec: string): UnpackTo {
  if (!compressor) throw new Error(`its compression ${codec} is not known`);
  return (packed, memory, size) => copyPage(compressor(packed, size), memory, size);
}

function copyPage(page: Uint8Array, memory: Uint8Array, size: number): void {
  if (page.length !== size) throw new Error(`a page of ${page.length} bytes that says ${size}`);
  memory.set(page);
}

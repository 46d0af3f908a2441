import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DrawStore, fileFormats, readableDraws } from '@unfold-zoo/data';
import { drawnEvents, exampleOf, planOfDraws } from './hdf5-readers.js';
import { mutatedBytes } from './mutations.js';
import type { Example, Reader } from './reader.js';

const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** Files of each format, all columns of which are read as `data: { kind, train: … }` reads them, and draws in them. */
export const tableReaders: readonly Reader[] = [
  tableReader('root', 'root', 'root/small-flat-tree.root'),
  tableReader('root-jagged', 'root', 'root/hzz-zstd.root'),
  tableReader('parquet', 'parquet', 'tables/snappy.parquet'),
  tableReader('parquet-gzip', 'parquet', 'tables/gzip.parquet'),
  tableReader('npz', 'npz', 'tables/compressed.npz'),
  tableReader('npy', 'npy', 'tables/records.npy'),
  tableReader('pandas', 'hdf5', 'tables/pandas-fixed.h5'),
  { name: 'draws-npz', hasChecksum: true, mutation: mutatedBytes, prepare: drawsIn('draws.npz') },
  { name: 'draws-parquet', hasChecksum: false, mutation: mutatedBytes, prepare: drawsIn('draws.parquet') },
];

function tableReader(name: string, format: string, file: string): Reader {
  return {
    name,
    hasChecksum: false,
    mutation: mutatedBytes,
    prepare: async (folder) => exampleOfTable(folder, format, join(fixtures, file)),
  };
}

function exampleOfTable(folder: string, kind: string, file: string): Example {
  const format = fileFormats.find((each) => each.kind === kind)!;
  const path = join(folder, 'events');
  writeFileSync(path, readFileSync(file));
  return exampleOf(path, async () => {
    const table = await format.open(path);
    try {
      const readable = table.columns.filter(({ problem, length }) => !problem && length > 0);
      const rows = Math.min(...readable.map(({ length }) => length));
      return await table.read(
        readable.map((column) => column.name),
        0,
        rows,
      );
    } finally {
      await table.close();
    }
  });
}

/** Draws as `evaluate`, `convert` and `merge` read them. */
function drawsIn(name: string): Reader['prepare'] {
  return async (folder) => {
    const path = join(folder, name);
    const store = DrawStore.open(path, planOfDraws());
    store.append(await drawnEvents());
    await store.finish();
    return exampleOf(path, async () => {
      const file = await readableDraws(path);
      try {
        return await file.read(0, file.events);
      } finally {
        await file.close();
      }
    });
  };
}

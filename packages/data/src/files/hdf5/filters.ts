import type { Filter } from 'h5wasm/node';

/** Filters of HDF5 itself by their numbers: gzip, shuffle, fletcher32, szip, n-bit, scale-offset. */
const BUILT_IN = [1, 2, 3, 4, 5, 6] as const;
/** Registered filters that the package of plugins undoes: bzip2, lzf, blosc, lz4, bitshuffle, zfp, zstd, ... */
const OF_PLUGINS = [307, 32000, 32001, 32004, 32008, 32013, 32015, 32019, 32022, 32023, 32026] as const;
const READABLE: ReadonlySet<number> = new Set([...BUILT_IN, ...OF_PLUGINS]);

/** What is wrong with the filters of a dataset; undefined if all of them can be undone. */
export function filterProblem(filters: readonly Filter[]): string | undefined {
  const unknown = filters.find(({ id }) => !READABLE.has(id));
  if (!unknown) return undefined;
  const name = unknown.name === '' ? `number ${unknown.id}` : `"${unknown.name}" (number ${unknown.id})`;
  return `it has the filter ${name}, which is not supported; rewrite it with h5repack -f GZIP=4 in.h5 out.h5`;
}

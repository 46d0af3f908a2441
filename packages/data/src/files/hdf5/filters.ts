import type { Filter } from 'h5wasm/node';

/** Filters that can be undone, by their registered numbers: those of HDF5 itself, and of the package of plugins. */
const READABLE: ReadonlySet<number> = new Set([
  1,
  2,
  3,
  4,
  5,
  6, // gzip, shuffle, fletcher32, szip, n-bit, scale-offset
  307,
  32_000,
  32_001,
  32_004,
  32_008,
  32_013,
  32_015,
  32_019,
  32_022,
  32_023,
  32_026, // bzip2, lzf, blosc, lz4, ...
]);

/** What is wrong with the filters of a dataset; undefined if all of them can be undone. */
export function filterProblem(filters: readonly Filter[]): string | undefined {
  const unknown = filters.find(({ id }) => !READABLE.has(id));
  if (!unknown) return undefined;
  const name = unknown.name === '' ? `number ${unknown.id}` : `"${unknown.name}" (number ${unknown.id})`;
  return `it has the filter ${name}, which is not supported; rewrite it with h5repack -f GZIP=4 in.h5 out.h5`;
}

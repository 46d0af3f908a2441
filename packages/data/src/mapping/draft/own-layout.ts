import { MOMENTA } from '../../files/event-layout.js';
import { Hdf5Reader } from '../../files/hdf5/reader.js';
import type { FileFormat, TableFile } from '../../tables/table-file.js';
import { type ColumnFamily, columnFamilies, quoted } from './column-families.js';
import type { Draft, DraftGroup } from './draft.js';
import type { SampledColumns } from './sampled-columns.js';

/** Whether a file has the layout of this package. */
export function hasOwnLayout(sample: SampledColumns): boolean {
  return sample.columns.some(({ name }) => name.startsWith('detector/'));
}

/** The topology of a file that has the layout of this package: it needs no mapping. */
export async function ownLayoutDraft(sample: SampledColumns, table: TableFile, format: FileFormat): Promise<Draft> {
  const families = columnFamilies(sample.columns).filter(({ prefix }) => prefix.startsWith('detector/'));
  const named = await particleNames(table, format);
  const truth = sample.columns.find(({ name }) => `/${name}` === MOMENTA);
  const count = Number(truth?.shape[0] ?? 0);
  const numbered = Array.from({ length: count }, (_, i) => `particle_${i}`);
  const names = named.length > 0 ? named : numbered;
  return {
    layout: 'the layout of unfold-zoo',
    particles: names.map((name) => ({ name })),
    groups: await Promise.all(families.map((family) => groupOf(family, sample))),
    doubts: named.length > 0 || count === 0 ? [] : ['the file does not name its particles'],
    isOwnLayout: true,
  };
}

/** A group of datasets as they are: the momentum is told by their names. */
async function groupOf(
  { prefix, quantities, extras, shape }: ColumnFamily,
  sample: SampledColumns,
): Promise<DraftGroup> {
  const last = (column: string): string => column.slice(column.lastIndexOf('/') + 1);
  const momentum = Object.entries(quantities).map(([quantity, column]) => [quantity, last(column)]);
  const columns = [...Object.values(quantities), ...Object.values(extras)].map((column) => [
    last(column),
    quoted(column),
  ]);
  const [axis] = shape;
  const capacity = axis === 'jagged' ? await sample.mostEntries(quantities.pt!) : axis;
  return {
    name: prefix.slice('detector/'.length),
    capacity: capacity === undefined ? undefined : Math.max(capacity, 1),
    columns: Object.fromEntries(columns),
    momentum: Object.fromEntries(momentum),
  };
}

async function particleNames({ path, columns, metadata }: TableFile, format: FileFormat): Promise<readonly string[]> {
  const found = columns.flatMap(({ name }) => /^partons\/(\w+)\/mass$/.exec(name)?.[1] ?? []);
  if (found.length > 0) return found;
  const written = format.opensOwnLayout ? await attributeOf(path) : metadataOf(metadata);
  return Array.isArray(written) ? written.map((name) => String(name).trim()) : [];
}

async function attributeOf(path: string): Promise<unknown> {
  const reader = await Hdf5Reader.open(path);
  try {
    return reader.objectAt(MOMENTA) === 'dataset' ? reader.attribute(MOMENTA, 'particles') : undefined;
  } finally {
    reader.close();
  }
}

function metadataOf(text: string | undefined): unknown {
  return text === undefined ? undefined : (JSON.parse(text) as Record<string, unknown>)['particles'];
}

import { type ColumnFamily, isMissing, plainName, quoted } from './column-families.js';
import type { DraftGroup } from './draft.js';
import { familyMomentum } from './family-momentum.js';
import type { SampledColumns } from './sampled-columns.js';

/** Groups of detector objects of families of columns, and what is a guess about them. */
export async function detectorGroups(
  families: readonly ColumnFamily[],
  sample: SampledColumns,
): Promise<{ readonly groups: DraftGroup[]; readonly doubts: string[] }> {
  const groups: DraftGroup[] = [];
  const doubts: string[] = [];
  for (const family of families) {
    const { columns, doubts: found } = await familyMomentum(family, sample);
    const extras = await varyingExtras(family, sample);
    const group = { name: groupName(family.prefix), columns: { ...withoutEta(family, columns), ...extras } };
    const size = await sizeOf(family, columns['pt']!, sample);
    groups.push({ ...group, ...size });
    doubts.push(...found, ...guessedOf(group, size, sample.has(maskOf(family))));
  }
  return { groups, doubts };
}

/** What of a group is a guess: how many objects there are, which entries are objects, and a missing direction. */
function guessedOf(
  { name, columns }: DraftGroup,
  { capacity, where }: Pick<DraftGroup, 'capacity' | 'where'>,
  hasMask: boolean,
): string[] {
  return [
    ...(columns['phi'] === undefined ? [`${name} has no azimuth, and is taken without one`] : []),
    ...(where !== undefined && !hasMask ? [`entries of ${name} that are no objects: ${where} is a guess`] : []),
    ...(capacity !== undefined && where === undefined
      ? [`${name}: ${capacity} at most, as in the first events; of more, those of the least pt are dropped`]
      : []),
  ];
}

function maskOf({ prefix }: ColumnFamily): string {
  return `${prefix}/MASK`;
}

/** Missing momentum has none along the beam, though Delphes writes an `Eta` of it. */
function withoutEta({ prefix }: ColumnFamily, columns: Readonly<Record<string, string>>): Record<string, string> {
  const { eta: _, ...transverse } = columns;
  return isMissing(prefix) ? transverse : columns;
}

/** Other numbers that tell objects apart: those that vary. */
async function varyingExtras({ extras }: ColumnFamily, sample: SampledColumns): Promise<Record<string, string>> {
  const varying: Record<string, string> = {};
  for (const [name, column] of Object.entries(extras)) {
    const values = await sample.values(column);
    if (values.every(Number.isFinite) && values.some((value) => value !== values[0])) varying[name] = quoted(column);
  }
  return varying;
}

/** `jets` of `INPUTS/Jets`, `electron` of `Electron.`. */
function groupName(prefix: string): string {
  return plainName(prefix.replace(/^(INPUTS|detector|reco|sim)[/_.]/i, ''));
}

/** How many objects there are at most, and which entries are objects. */
async function sizeOf(
  family: ColumnFamily,
  pt: string,
  sample: SampledColumns,
): Promise<Pick<DraftGroup, 'capacity' | 'where'>> {
  const { quantities, shape } = family;
  const [axis] = shape;
  if (axis === undefined) return {};
  if (axis === 'jagged') return { capacity: Math.max(1, await sample.mostEntries((quantities.pt ?? quantities.px)!)) };
  const mask = maskOf(family);
  return { capacity: axis, where: sample.has(mask) ? `${quoted(mask)} > 0` : `${pt} > 0` };
}

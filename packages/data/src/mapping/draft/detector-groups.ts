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
    groups.push({ ...group, ...(await sizeOf(family, columns['pt']!, sample)) });
    doubts.push(...found);
  }
  return { groups, doubts };
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
  { prefix, quantities, shape }: ColumnFamily,
  pt: string,
  sample: SampledColumns,
): Promise<Pick<DraftGroup, 'capacity' | 'where'>> {
  const [axis] = shape;
  if (axis === undefined) return {};
  if (axis === 'jagged') return { capacity: Math.max(1, await sample.mostEntries((quantities.pt ?? quantities.px)!)) };
  const mask = `${prefix}/MASK`;
  return { capacity: axis, where: sample.has(mask) ? `${quoted(mask)} > 0` : `${pt} > 0` };
}

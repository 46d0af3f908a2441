import { type ColumnFamily, plainName, quoted } from './column-families.js';
import type { DraftParticle } from './draft.js';
import { familyMomentum } from './family-momentum.js';
import type { SampledColumns } from './sampled-columns.js';

/** How names of the truth begin, and what a path of SPANet says before them. */
const TRUTH = /^(REGRESSIONS|TARGETS|partons?|truth|true|gen(?![a-z])|mc(?=[^a-z]|[a-z]+[A-Z])|MC|target)[/_.]?/i;

/** A particle that more than this part of the events lack is none of the topology. */
const MOSTLY = 0.5;

/** Whether columns hold the truth, by their name. */
export function isTruth({ prefix }: ColumnFamily): boolean {
  return TRUTH.test(prefix);
}

/** Particles of families of columns, which all events that are taken have, and what is a guess about them. */
export async function truthParticles(
  families: readonly ColumnFamily[],
  sample: SampledColumns,
): Promise<{ readonly particles: DraftParticle[]; readonly select: string | undefined; readonly doubts: string[] }> {
  const single = families.filter(({ shape }) => shape.length === 0);
  const lists = families.filter(({ shape }) => shape.length > 0);
  const doubts = lists.map(
    ({ prefix }) => `${prefix} is a list: write particles, with \`where\` for the entry that each is`,
  );
  const particles: DraftParticle[] = [];
  const conditions: string[] = [];
  for (const family of single) {
    const absent = await absentWhere(family, sample);
    if (absent && absent.share > MOSTLY) {
      doubts.push(`${family.prefix} is absent in most events (${absent.where}), and left out of the truth`);
      continue;
    }
    const { particle, doubts: ofMomentum, particleDoubts } = await familyMomentum(family, sample);
    const name = plainName(family.prefix.replace(TRUTH, '').replace(/\/PARTICLE$/, '')) || 'truth';
    particles.push({ name, mapping: particle });
    doubts.push(...ofMomentum, ...particleDoubts);
    if (absent === undefined) continue;
    conditions.push(`!(${absent.where})`);
    doubts.push(`some events have no ${name} (${absent.where}), and are not taken`);
  }
  return { particles, select: conditions.length > 0 ? conditions.join(' && ') : undefined, doubts };
}

/** What the momentum of a particle is where it is not there, and in which share of the events that is. */
async function absentWhere(
  { quantities }: ColumnFamily,
  sample: SampledColumns,
): Promise<{ readonly where: string; readonly share: number } | undefined> {
  const column = (quantities.pt ?? quantities.px)!;
  const values = await sample.values(column);
  const fill = [0, -999, -9999, -99999].find((value) => values.includes(value));
  if (fill === undefined) return undefined;
  const share = values.filter((value) => value === fill).length / values.length;
  return { where: `${quoted(column)} == ${fill}`, share };
}

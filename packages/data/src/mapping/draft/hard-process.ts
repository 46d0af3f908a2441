import { quoted } from './column-families.js';
import type { Draft, DraftParticle } from './draft.js';
import type { SampledColumns } from './sampled-columns.js';
import { SPECIES, type Species } from './species.js';

/** Columns of a list of generator particles. */
export interface GeneratorParticles {
  readonly pdgId: string;
  /** The column that tells the hard process, which of its numbers do, and an expression that says so. */
  readonly status: string;
  readonly isHard: (status: number) => boolean;
  readonly hard: string;
  /** The momentum of an entry. */
  readonly momentum: NonNullable<DraftParticle['mapping']>;
}

/** Particles that so many of the events have once are those of the topology; `select` takes these events. */
const USUAL = 0.9;

/** A particle that may be of the topology. */
interface Candidate {
  readonly name: string;
  readonly isIt: (id: number) => boolean;
  readonly where: string;
}

/** The particles of the hard process that nearly every event has once. */
export async function hardProcess(
  generator: GeneratorParticles,
  sample: SampledColumns,
): Promise<Pick<Draft, 'define' | 'select' | 'particles' | 'doubts'>> {
  const events = await hardIds(generator, sample);
  const share = ({ isIt }: Candidate): number =>
    events.filter((ids) => ids.filter(isIt).length === 1).length / Math.max(events.length, 1);
  const found = SPECIES.flatMap((species) => {
    const [any, ...both] = candidates(species, quoted(generator.pdgId));
    if (both.every((each) => share(each) >= USUAL)) return both;
    return share(any!) >= USUAL ? [any!] : [];
  });
  if (found.length === 0)
    return { particles: [], doubts: ['no particle of the hard process is there once in nearly every event'] };
  const isEvery = found.every((each) => share(each) === 1);
  return {
    define: { hard: generator.hard },
    select: isEvery ? undefined : found.map(({ where }) => `count(${where}) == 1`).join(' && '),
    particles: found.map(({ name, where }) => ({ name, mapping: { ...generator.momentum, where } })),
    doubts: ['the particles are those of the hard process that nearly every event has once'],
  };
}

function candidates({ names, ids }: Species, pdgId: string): Candidate[] {
  const is = (of: string, sign: number): string => {
    const parts = ids.map((id) => `${of} == ${sign * id}`);
    return `hard && ${parts.length === 1 ? parts[0] : `(${parts.join(' || ')})`}`;
  };
  const [any, particle, anti] = names;
  return [
    { name: any, isIt: (id) => ids.includes(Math.abs(id)), where: is(`abs(${pdgId})`, 1) },
    { name: particle, isIt: (id) => ids.includes(id), where: is(pdgId, 1) },
    { name: anti, isIt: (id) => ids.includes(-id), where: is(pdgId, -1) },
  ];
}

/** [events] the numbers of the particles of the hard process. */
async function hardIds({ pdgId, status, isHard }: GeneratorParticles, sample: SampledColumns): Promise<number[][]> {
  const { counts = new Int32Array(0) } = await sample.block(pdgId);
  const [ids, statuses] = [await sample.values(pdgId), await sample.values(status)];
  let first = 0;
  return Array.from(counts, (count) => {
    const end = first + count;
    const own = [...ids.subarray(first, end)].filter((_, i) => isHard(statuses[first + i]!));
    first = end;
    return own;
  });
}

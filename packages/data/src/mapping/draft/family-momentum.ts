import type { ParticleMapping } from '../mapping-schema.js';
import { type ColumnFamily, type Quantity, quoted } from './column-families.js';
import type { SampledColumns } from './sampled-columns.js';

/** The momentum of the objects of some columns, and what is a guess about it. */
export interface FamilyMomentum {
  /** pt, eta, phi and mass, those that are known. */
  readonly columns: Readonly<Record<string, string>>;
  readonly doubts: readonly string[];
  /** Of a particle, with a mass in any case. */
  readonly particle: ParticleMapping;
  readonly particleDoubts: readonly string[];
}

/** Expressions of the momentum of a family, in GeV. */
export async function familyMomentum(family: ColumnFamily, sample: SampledColumns): Promise<FamilyMomentum> {
  const { quantities: of, prefix } = family;
  const inMeV = await sample.isMeV((of.pt ?? of.px)!);
  const { px, py, pz, mass, energy, rapidity, ...number } = numbersOf(family, inMeV ? '1e-3 * ' : '');
  const pt = number.pt ?? `pt(${px}, ${py})`;
  const phi = number.phi ?? (px && py ? `phi(${px}, ${py})` : undefined);
  const along = pz ?? (rapidity && `sqrt((${pt})^2 + (${mass ?? 0})^2) * sinh(${rapidity})`);
  const eta = number.eta ?? (along && `eta(${pt}, 0, ${along})`);
  const heavy = mass ?? (energy && eta && `mass(${energy}, ${pt}, ${eta})`);
  const columns = Object.entries({ pt, eta, phi, mass: await notNegative(heavy, family, sample) });
  return {
    columns: Object.fromEntries(columns.filter((entry): entry is [string, string] => entry[1] !== undefined)),
    doubts: [
      ...(inMeV ? [`${prefix} looks like MeV, and is multiplied by 1e-3`] : []),
      ...(rapidity && !mass ? [`${prefix} has a rapidity and no mass, which is taken as 0 GeV`] : []),
    ],
    ...particleOf({ pt, eta, phi, px, py, pz, along, energy, mass }, prefix),
  };
}

type Numbers = Readonly<Partial<Record<Quantity | 'along', string | undefined>>>;

/** The momentum as that of a particle of the truth: what is not known of it is 0, and said. */
function particleOf(of: Numbers, prefix: string): Pick<FamilyMomentum, 'particle' | 'particleDoubts'> {
  const { pt, eta, phi = 0, px, py, pz, energy, mass } = of;
  const isCartesian = px !== undefined && py !== undefined && pz !== undefined;
  const place = isCartesian ? { px, py, pz } : { pt: pt!, eta: eta ?? 0, phi };
  const missing = [
    ...(isCartesian || eta !== undefined ? [] : ['pseudorapidity']),
    ...(isCartesian || of.phi !== undefined ? [] : ['azimuth']),
    ...((mass ?? energy) === undefined ? ['mass'] : []),
  ];
  return {
    particle: { ...place, ...(mass === undefined && energy !== undefined ? { energy } : { mass: mass ?? 0 }) },
    particleDoubts: missing.map((what) => `${prefix} has no ${what}: 0 is taken`),
  };
}

function numbersOf({ quantities }: ColumnFamily, factor: string): Partial<Record<Quantity, string>> {
  const isAngle = (quantity: string): boolean => ['eta', 'phi', 'rapidity'].includes(quantity);
  const written = Object.entries(quantities).map(([quantity, column]) => [
    quantity,
    isAngle(quantity) ? quoted(column) : `${factor}${quoted(column)}`,
  ]);
  return Object.fromEntries(written) as Partial<Record<Quantity, string>>;
}

/** Masses that rounding has made negative are written as 0. */
async function notNegative(
  mass: string | undefined,
  { quantities }: ColumnFamily,
  sample: SampledColumns,
): Promise<string | undefined> {
  if (mass === undefined) return undefined;
  const isSafe = quantities.mass !== undefined && !(await sample.values(quantities.mass)).some((value) => value < 0);
  return isSafe ? mass : `max(${mass}, 0)`;
}

import { UserError } from '@unfold-zoo/core';
import type { Topology } from '../topology/topology.js';
import { columnPath, MOMENTA } from './event-layout.js';

/** Factors to GeV and to radians. Case is not told apart: nobody measures jets in thousandths of an electron volt. */
const ENERGIES: Readonly<Record<string, number>> = { ev: 1e-9, kev: 1e-6, mev: 1e-3, gev: 1, tev: 1e3, pev: 1e6 };
const ANGLES: Readonly<Record<string, number>> = {
  ...{ rad: 1, radian: 1, radians: 1 },
  ...{ deg: Math.PI / 180, degree: Math.PI / 180, degrees: Math.PI / 180 },
};
const NUMBERS: Readonly<Record<string, number>> = { '': 1, '1': 1, none: 1, dimensionless: 1 };
const KNOWN: Readonly<Record<string, { readonly factors: Readonly<Record<string, number>>; readonly names: string }>> =
  {
    GeV: { factors: ENERGIES, names: 'eV, keV, MeV, GeV, TeV or PeV' },
    rad: { factors: ANGLES, names: 'rad or deg' },
    '': { factors: NUMBERS, names: 'no unit' },
  };

/** What an attribute `units` of a file or of one of its datasets says. */
export interface DeclaredUnits {
  /** Where the attribute is, for errors. */
  readonly of: string;
  readonly units: unknown;
  /** Whether it is that of a file, which may list units of several kinds: `GeV, radians`. */
  readonly ofFile?: boolean;
}

/**
 * What numbers in declared units are multiplied by to be in the unit that the topology has: GeV (also as GeV/c and
 * GeV/c^2), rad, or none. Of a file that says nothing of that kind, 1.
 * @throws UserError for a unit that cannot be converted.
 */
export function unitFactor({ of, units, ofFile = false }: DeclaredUnits, wanted: string): number {
  const names = [units].flat().flatMap((each) => (typeof each === 'string' ? each.split(/[,;]/) : [undefined]));
  const factors = new Set(names.map((name) => factorOf(name, wanted)));
  if (ofFile && names.every((name) => Object.keys(KNOWN).some((kind) => factorOf(name, kind) !== undefined)))
    factors.delete(undefined);
  if (ofFile && factors.size === 0) return 1;
  const [factor] = factors;
  if (factors.size === 1 && factor !== undefined) return factor;
  const expected = ofFile ? `${KNOWN['GeV']!.names}; ${KNOWN['rad']!.names}` : (KNOWN[wanted]?.names ?? wanted);
  throw new UserError(`invalid units of ${of}: ${JSON.stringify(units)}, expected ${expected}`);
}

function factorOf(name: string | undefined, wanted: string): number | undefined {
  const plain = name?.toLowerCase().replace(/[\s[\]]/g, '');
  if (plain === undefined) return undefined;
  const factors = KNOWN[wanted]?.factors;
  if (!factors) return plain === wanted.toLowerCase() ? 1 : undefined;
  const known = plain.replace(/\/c(\^2|\*\*2|2|²)?$/, '');
  return Object.hasOwn(factors, known) ? factors[known] : undefined;
}

/** The units that a topology has its columns in, by their paths; columns of which it says nothing are left out. */
export function unitsOfColumns({ inputs }: Topology): ReadonlyMap<string, string> {
  const units = new Map<string, string>([[MOMENTA, 'GeV']]);
  for (const { groups, features } of Object.values(inputs))
    for (const { name, momentum } of groups) {
      for (const { dataset, unit } of features)
        if (dataset !== undefined && unit !== '') units.set(columnPath(name, dataset), unit);
      for (const [component, unit] of Object.entries({ mass: 'GeV', pt: 'GeV', eta: '', phi: 'rad' })) {
        const column = momentum[component as keyof typeof momentum];
        if (typeof column === 'string') units.set(columnPath(name, column), unit);
      }
    }
  return units;
}

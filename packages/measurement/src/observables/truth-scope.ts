import type { EventSpec, HostEvents } from '@unfold-zoo/core';
import { QUANTITIES, type Quantity, truePartons } from '@unfold-zoo/core/events';
import { z } from 'zod';
import type { Scope, ScopeEntry } from './scope.js';
import { eachEvent, type MomentumValue } from './values/values.js';

/** Where the energy of a particle of the truth comes from. */
export const energyConvention = z
  .enum(['regressed', 'from-mass'])
  .default('regressed')
  .describe(
    'Energy of a particle of the truth: the regressed number itself, or sqrt(m^2 + p^2) of its regressed mass and ' +
      'momentum. The mass of a particle alone is the regressed one either way; that of a sum follows from E and p.',
  );

/** `regressed` or `from-mass`. */
export type EnergyConvention = z.output<typeof energyConvention>;

/** The particles of a topology as names of expressions, each a four-vector. */
export function truthScope(spec: EventSpec, energy: EnergyConvention = 'regressed'): Scope {
  const entries = spec.particles.map(({ name }, particle): [string, ScopeEntry] => [
    name,
    { kind: 'momentum', read: (events) => particleMomentum(events, spec.particles.length, { particle, energy }) },
  ]);
  return { title: 'particles of the truth', entries: new Map(entries) };
}

function particleMomentum(
  events: HostEvents,
  particles: number,
  { particle, energy }: { readonly particle: number; readonly energy: EnergyConvention },
): MomentumValue {
  const partons = truePartons(events);
  const width = particles * QUANTITIES.length;
  const column = (quantity: Quantity): Float64Array => {
    const first = particle * QUANTITIES.length + QUANTITIES.indexOf(quantity);
    return eachEvent(events.size, (event) => partons[event * width + first]!);
  };
  const [mass, px, py, pz] = [column('mass'), column('px'), column('py'), column('pz')];
  const fromMass = (i: number): number => Math.sqrt(mass[i]! ** 2 + px[i]! ** 2 + py[i]! ** 2 + pz[i]! ** 2);
  const found = energy === 'regressed' ? column('logE').map(Math.exp) : eachEvent(events.size, fromMass);
  return { kind: 'momentum', energy: found, px, py, pz, mass };
}

import type { EventSpec } from '@unfold-zoo/core';
import { QUANTITIES } from '@unfold-zoo/core/events';
import { type Kinematics, kinematics } from './all-quantities.js';

/** All quantities of each particle by its name, e.g. `particles.hadronic_top.pt`. */
export type ParticleKinematics = Readonly<Record<string, Kinematics>>;

/**
 * The kinematics of rows of momenta [n, particles, 5]: mass, energy, px, py, pz in GeV. Those of a particle are
 * computed when they are first asked for.
 */
export function particleKinematics({ particles }: EventSpec, momenta: Float32Array): ParticleKinematics {
  const named: Record<string, Kinematics> = {};
  for (const [particle, { name }] of particles.entries()) {
    let known: Kinematics | undefined;
    const get = (): Kinematics => {
      known ??= kinematics(columnsOf(momenta, particle, particles.length));
      return known;
    };
    Object.defineProperty(named, name, { get, enumerable: true });
  }
  return named;
}

function columnsOf(momenta: Float32Array, particle: number, particles: number) {
  const width = QUANTITIES.length;
  const count = momenta.length / (particles * width);
  const column = (component: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => momenta[(i * particles + particle) * width + component]!);
  return { mass: column(0), energy: column(1), px: column(2), py: column(3), pz: column(4) };
}

import type { EventSpec, Rng } from '@unfold-zoo/core';
import { QUANTITIES, type Quantity } from '@unfold-zoo/core/events';
import { randomDirection } from '../statistics/random-direction.js';

/** One number, or several momenta together, in which draws are compared. */
export interface Projection {
  /** As tables call it, e.g. `Neutrino pz`. */
  readonly label: string;
  /** Index of the particle; absent for all together. */
  readonly particle?: number;
  /** What alone is compared; absent where momenta are together. */
  readonly quantity?: Quantity;
  /** Unit vectors [5 particles] over mass, energy and momentum of each particle, GeV: what is compared along them. */
  readonly directions: readonly Float64Array[];
}

const SYMBOLS: Readonly<Record<Quantity, string>> = { mass: 'm', logE: 'E', px: 'px', py: 'py', pz: 'pz' };
const MOMENTA: readonly Quantity[] = ['px', 'py', 'pz'];

/** Whether a projection is one momentum of a particle. */
export function isMomentum({ quantity }: Projection): boolean {
  return quantity !== undefined && MOMENTA.includes(quantity);
}

/**
 * Mass, energy and each momentum of every particle, then the momentum of every particle, and of all particles if there
 * are several, along `directions` random directions each (sliced).
 */
export function projectionsOf(spec: EventSpec, directions: number, rng: Rng): Projection[] {
  const width = spec.particles.length * QUANTITIES.length;
  const single = spec.particles.flatMap(({ label }, particle) =>
    QUANTITIES.map((quantity) => {
      const direction = new Float64Array(width);
      direction[columnOf(particle, quantity)] = 1;
      return { label: `${label} ${SYMBOLS[quantity]}`, particle, quantity, directions: [direction] };
    }),
  );
  const sliced = (particles: readonly number[], stream: Rng): Float64Array[] => {
    const columns = particles.flatMap((particle) => MOMENTA.map((quantity) => columnOf(particle, quantity)));
    return Array.from({ length: directions }, () => directionIn(columns, width, stream));
  };
  const ofParticles = spec.particles.map(({ name, label }, particle) => ({
    label: `${label} momentum`,
    particle,
    directions: sliced([particle], rng.fork(name)),
  }));
  const all = { label: 'all momenta together', directions: sliced([...spec.particles.keys()], rng.fork('all')) };
  return [...single, ...ofParticles, ...(spec.particles.length > 1 ? [all] : [])];
}

function columnOf(particle: number, quantity: Quantity): number {
  return particle * QUANTITIES.length + QUANTITIES.indexOf(quantity);
}

/** A random direction [width] in the space of these columns. */
function directionIn(columns: readonly number[], width: number, rng: Rng): Float64Array {
  const direction = new Float64Array(width);
  for (const [i, component] of randomDirection(columns.length, rng).entries()) direction[columns[i]!] = component;
  return direction;
}

/** Partons [rows, P] with the energy in GeV in place of its logarithm, in float64. */
export function withEnergies(partons: Float32Array): Float64Array {
  const energy = QUANTITIES.indexOf('logE');
  return Float64Array.from(partons, (value, i) => (i % QUANTITIES.length === energy ? Math.exp(value) : value));
}

/** Rows `first` to `first + count` of [rows, P] along a direction, [count]. */
export function along(rows: Float64Array, direction: Float64Array, first: number, count: number): Float64Array {
  const width = direction.length;
  const columns = [...direction.keys()].filter((column) => direction[column] !== 0);
  return Float64Array.from({ length: count }, (_, i) =>
    columns.reduce((sum, column) => sum + direction[column]! * rows[(first + i) * width + column]!, 0),
  );
}

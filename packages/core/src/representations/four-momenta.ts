import { QUANTITIES } from '../contracts/events/event-spec.js';

/** Numbers of a particle where its momentum is worked with: mass, energy, px, py, pz in GeV. */
export const MOMENTUM_WIDTH = QUANTITIES.length;

/** GeV; a momentum of more is taken for this much. Squares of squares of it are finite, and no collider gives it. */
export const LARGEST_MOMENTUM = 1e20;

/** GeV, 1 keV: an energy below it counts as this much, so that its logarithm is finite. */
export const LEAST_ENERGY = 1e-6;

/** Sets a particle of momenta [particles, 5] by its mass and momentum. A number that is not finite becomes NaN. */
export function setParticle(
  momenta: Float64Array,
  particle: number,
  mass: number,
  momentum: readonly [number, number, number],
): void {
  const at = particle * MOMENTUM_WIDTH;
  const m = Math.max(0, bounded(mass));
  let energySquared = m * m;
  for (let i = 0; i < momentum.length; i++) {
    const component = bounded(momentum[i]!);
    momenta[at + 2 + i] = component;
    energySquared += component * component;
  }
  momenta[at] = m;
  momenta[at + 1] = Math.sqrt(energySquared);
}

/** Sets a particle of momenta [particles, 5] to the sum of others, its mass to theirs together. */
export function setSum(momenta: Float64Array, particle: number, daughters: readonly number[]): void {
  const sum = sumOf(momenta, daughters);
  const at = particle * MOMENTUM_WIDTH;
  momenta[at] = massOf(sum);
  for (let i = 0; i < sum.length; i++) momenta[at + 1 + i] = sum[i]!;
}

/** Energy, px, py, pz in GeV. */
export type FourMomentum = readonly [number, number, number, number];

/** Of particles of momenta [particles, 5] together. */
export function sumOf(momenta: Float64Array, particles: readonly number[]): FourMomentum {
  let [energy, px, py, pz] = [0, 0, 0, 0];
  for (const particle of particles) {
    const at = particle * MOMENTUM_WIDTH;
    energy += momenta[at + 1]!;
    px += momenta[at + 2]!;
    py += momenta[at + 3]!;
    pz += momenta[at + 4]!;
  }
  return [energy, px, py, pz];
}

/** Invariant mass in GeV; zero where rounding leaves less. */
export function massOf([energy, px, py, pz]: FourMomentum): number {
  const momentum = Math.sqrt(px * px + py * py + pz * pz);
  return Math.sqrt(Math.max(0, (energy - momentum) * (energy + momentum)));
}

/** Momenta [particles, 5] of one event to its row of a parton vector, whose energies are logarithms. */
export function toPartons(momenta: Float64Array, partons: Float64Array, row: number): void {
  for (let i = 0; i < momenta.length; i++) {
    const isEnergy = i % MOMENTUM_WIDTH === 1;
    partons[row + i] = isEnergy ? Math.log(Math.max(momenta[i]!, LEAST_ENERGY)) : momenta[i]!;
  }
}

function bounded(value: number): number {
  return Number.isFinite(value) ? Math.min(Math.max(value, -LARGEST_MOMENTUM), LARGEST_MOMENTUM) : Number.NaN;
}

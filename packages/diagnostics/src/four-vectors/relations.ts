import { QUANTITIES } from '@unfold-zoo/core/events';

/** A particle whose momentum is the sum of those of others in the truth, e.g. a W boson: lepton and neutrino. */
export interface DecaySum {
  /** Index in the event description. */
  readonly parent: number;
  /** Indices, ascending. */
  readonly daughters: readonly number[];
}

const FIRST_MOMENTUM = QUANTITIES.indexOf('px');

/** How far the sum of the daughters' momenta is from the parent's, over the daughters' summed sizes of momenta. */
export function momentumOff(partons: Float32Array, row: number, { parent, daughters }: DecaySum): number {
  const at = row + parent * QUANTITIES.length + FIRST_MOMENTUM;
  let [x, y, z] = [partons[at]!, partons[at + 1]!, partons[at + 2]!];
  let sizes = 0;
  for (const daughter of daughters) {
    const own = row + daughter * QUANTITIES.length + FIRST_MOMENTUM;
    const [px, py, pz] = [partons[own]!, partons[own + 1]!, partons[own + 2]!];
    x -= px;
    y -= py;
    z -= pz;
    sizes += Math.sqrt(px * px + py * py + pz * pz);
  }
  const off = Math.sqrt(x * x + y * y + z * z);
  return off === 0 ? 0 : off / sizes;
}

/** The same of energies: how far the sum of the daughters' is from the parent's, over that sum. */
export function energyOff(partons: Float32Array, row: number, { parent, daughters }: DecaySum): number {
  const energy = (particle: number): number => energyOf(partons, row + particle * QUANTITIES.length);
  const sum = daughters.reduce((total, daughter) => total + energy(daughter), 0);
  return Math.abs(energy(parent) / sum - 1);
}

/** GeV; of the particle whose first number stands at a place. */
export function energyOf(partons: Float32Array, at: number): number {
  return Math.exp(partons[at + QUANTITIES.indexOf('logE')]!);
}

/** GeV^2; |p|^2 of the particle whose first number stands at a place. */
export function squaredMomentum(partons: Float32Array, at: number): number {
  const first = at + FIRST_MOMENTUM;
  return partons[first]! ** 2 + partons[first + 1]! ** 2 + partons[first + 2]! ** 2;
}

/** How far the parent's momentum moves from one draw to another, over the daughters' summed sizes of momenta. */
export function momentumShift(
  partons: Float32Array,
  row: number,
  other: { readonly partons: Float32Array; readonly row: number },
  { parent, daughters }: DecaySum,
): number {
  let squares = 0;
  for (let k = QUANTITIES.indexOf('px'); k < QUANTITIES.length; k++) {
    const at = parent * QUANTITIES.length + k;
    squares += (partons[row + at]! - other.partons[other.row + at]!) ** 2;
  }
  let sizes = 0;
  for (const daughter of daughters) sizes += Math.sqrt(squaredMomentum(partons, row + daughter * QUANTITIES.length));
  return squares === 0 ? 0 : Math.sqrt(squares) / sizes;
}

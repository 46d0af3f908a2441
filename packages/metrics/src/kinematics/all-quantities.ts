import { KINEMATIC_QUANTITIES, type KinematicQuantity } from '@unfold-zoo/core/events';
import { kinematicQuantity, type Momenta } from './kinematic-quantity.js';

/** mass, pt, eta, phi, energy, px, py, pz of one particle in n events, [n] each: GeV, and radians for phi. */
export type Kinematics = Readonly<Record<KinematicQuantity, Float64Array>>;

/** All eight quantities of a particle. */
export function kinematics(momenta: Momenta): Kinematics {
  const columns = KINEMATIC_QUANTITIES.map((quantity) => [quantity, kinematicQuantity(momenta, quantity)]);
  return Object.fromEntries(columns) as Kinematics;
}

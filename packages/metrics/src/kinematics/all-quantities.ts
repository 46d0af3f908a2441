import { KINEMATIC_QUANTITIES, type KinematicQuantity } from '@unfold-zoo/core/events';
import { kinematicQuantity, type Momenta } from './kinematic-quantity.js';

/** All eight quantities of a particle. */
export function kinematics(momenta: Momenta): Readonly<Record<KinematicQuantity, Float64Array>> {
  return Object.fromEntries(
    KINEMATIC_QUANTITIES.map((quantity) => [quantity, kinematicQuantity(momenta, quantity)]),
  ) as Record<KinematicQuantity, Float64Array>;
}

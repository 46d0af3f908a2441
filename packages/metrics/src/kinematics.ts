import type { NumberColumn } from './radix-sort.js';

/** What the paper's tables compare, in their order (Tables 7 to 10). GeV, and radians for phi. */
export const KINEMATIC_QUANTITIES = ['mass', 'pt', 'eta', 'phi', 'energy', 'px', 'py', 'pz'] as const;
export type KinematicQuantity = (typeof KINEMATIC_QUANTITIES)[number];

/** Momenta of one particle in n events: columns [n] in GeV, the energy as it is or as ln(E / GeV). */
export type Momenta = {
  readonly mass: NumberColumn;
  readonly px: NumberColumn;
  readonly py: NumberColumn;
  readonly pz: NumberColumn;
} & ({ readonly energy: NumberColumn } | { readonly logE: NumberColumn });

/**
 * GeV. A transverse momentum below this counts as this in the pseudorapidity, which is infinite for none at all: a
 * particle of 1 TeV along the beam has |eta| = 14.5. Single precision resolves no less for momenta of several TeV.
 */
export const SMALLEST_PT = 1e-3;

/** One quantity [n] of a particle. The regressed mass serves for the mass alone (paper, section 5, Parton Data). */
export function kinematicQuantity(momenta: Momenta, quantity: KinematicQuantity): Float64Array {
  const { px, py, pz } = momenta;
  switch (quantity) {
    case 'pt':
      return eachEvent(px.length, (i) => transverse(px[i]!, py[i]!));
    case 'eta':
      return eachEvent(px.length, (i) => Math.asinh(pz[i]! / Math.max(transverse(px[i]!, py[i]!), SMALLEST_PT)));
    case 'phi':
      return eachEvent(px.length, (i) => Math.atan2(py[i]!, px[i]!));
    case 'energy': {
      if ('energy' in momenta) return new Float64Array(momenta.energy);
      const { logE } = momenta;
      return eachEvent(logE.length, (i) => Math.exp(logE[i]!));
    }
    default:
      return new Float64Array(momenta[quantity]);
  }
}

/** All eight quantities of a particle. */
export function kinematics(momenta: Momenta): Readonly<Record<KinematicQuantity, Float64Array>> {
  return Object.fromEntries(
    KINEMATIC_QUANTITIES.map((quantity) => [quantity, kinematicQuantity(momenta, quantity)]),
  ) as Record<KinematicQuantity, Float64Array>;
}

// Math.hypot guards against overflow at forty times the cost.
function transverse(px: number, py: number): number {
  return Math.sqrt(px * px + py * py);
}

function eachEvent(count: number, quantity: (event: number) => number): Float64Array {
  const column = new Float64Array(count);
  for (let i = 0; i < count; i++) column[i] = quantity(i);
  return column;
}

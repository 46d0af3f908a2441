import type { KinematicQuantity } from '@unfold-zoo/core/events';
import type { NumberColumn } from '../distances/radix-sort.js';

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

/**
 * One quantity [n] of a particle, in an array of its own. The regressed mass serves for the mass alone (paper, section
 * 5, Parton Data). Columns that it does not need are not looked at.
 */
export function kinematicQuantity(momenta: Momenta, quantity: KinematicQuantity): Float64Array {
  switch (quantity) {
    case 'pt': {
      const { px, py } = momenta;
      return eachEvent(px.length, (i) => transverse(px[i]!, py[i]!));
    }
    case 'eta': {
      const { px, py, pz } = momenta;
      return eachEvent(px.length, (i) => Math.asinh(pz[i]! / Math.max(transverse(px[i]!, py[i]!), SMALLEST_PT)));
    }
    case 'phi': {
      const { px, py } = momenta;
      return eachEvent(px.length, (i) => Math.atan2(py[i]!, px[i]!));
    }
    case 'energy': {
      if ('energy' in momenta) return new Float64Array(momenta.energy);
      const { logE } = momenta;
      return eachEvent(logE.length, (i) => Math.exp(logE[i]!));
    }
    default:
      return new Float64Array(momenta[quantity]);
  }
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

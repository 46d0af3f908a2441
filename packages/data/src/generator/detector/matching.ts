import { squaredDeltaR } from '../four-vector.js';

/** A jet belongs to a quark within this distance. */
const MATCHING_CONE = 0.4;

/** Directions of some objects. */
export interface Directions {
  readonly count: number;
  readonly eta: Float64Array;
  readonly phi: Float64Array;
}

/** Pairs quarks with jets, nearest first, each at most once. Writes the jet of each quark to `out`, -1 for none. */
export function matchJets(quarks: Directions, jets: Directions, out: Int32Array): void {
  out.fill(-1, 0, quarks.count);
  for (;;) {
    let nearest = MATCHING_CONE * MATCHING_CONE;
    let [quark, jet] = [-1, -1];
    for (let q = 0; q < quarks.count; q++) {
      if (out[q] !== -1) continue;
      for (let j = 0; j < jets.count; j++) {
        const distance = squaredDeltaR(quarks.eta[q]! - jets.eta[j]!, quarks.phi[q]! - jets.phi[j]!);
        if (distance >= nearest || isTaken(out, quarks.count, j)) continue;
        nearest = distance;
        [quark, jet] = [q, j];
      }
    }
    if (quark < 0) return;
    out[quark] = jet;
  }
}

function isTaken(matches: Int32Array, quarks: number, jet: number): boolean {
  for (let q = 0; q < quarks; q++) if (matches[q] === jet) return true;
  return false;
}

/** GeV, mass of the W boson (Particle Data Group 2024: 80.3692 +- 0.0133). */
export const W_MASS = 80.3692;

/** The charged lepton and the missing transverse momentum of an event, in GeV. */
export interface LeptonAndMissing {
  readonly lepton: { readonly energy: number; readonly px: number; readonly py: number; readonly pz: number };
  readonly missing: { readonly px: number; readonly py: number };
}

/** What the mass of the W boson says of the neutrino's momentum along the beam. */
export interface NeutrinoSolutions {
  /** GeV, from low to high: two, or one where both coincide; empty where none is real. */
  readonly pz: readonly number[];
  /** The pseudorapidity of each. */
  readonly eta: readonly number[];
}

/**
 * Solves (p_lepton + p_neutrino)^2 = M_W^2 for the neutrino's pz, its transverse momentum being the missing one:
 * (E^2 - pz_l^2) pz^2 - 2 mu pz_l pz + E^2 pT^2 - mu^2 = 0 with mu = (M_W^2 - m_l^2) / 2 + pT_l . pT. No solution is
 * real where the transverse mass is above M_W, as resolution or an off-shell W make it.
 */
export function neutrinoSolutions({ lepton, missing }: LeptonAndMissing, mass = W_MASS): NeutrinoSolutions {
  const { energy, px, py, pz } = lepton;
  const leptonMassSquared = Math.max(energy ** 2 - px ** 2 - py ** 2 - pz ** 2, 0);
  const mu = (mass ** 2 - leptonMassSquared) / 2 + px * missing.px + py * missing.py;
  const pt = Math.hypot(missing.px, missing.py);
  const a = energy ** 2 - pz ** 2;
  const roots = quadraticRoots(a, -mu * pz, (energy * pt) ** 2 - mu ** 2);
  return { pz: roots, eta: roots.map((root) => Math.asinh(root / pt)) };
}

/**
 * Real roots of a x^2 + 2 h x + c = 0 with a > 0, ascending; the smaller in size from their product, free of
 * cancellation.
 */
function quadraticRoots(a: number, h: number, c: number): number[] {
  const discriminant = h * h - a * c;
  if (discriminant < 0) return [];
  if (discriminant === 0) return [-h / a];
  const q = -(h + (h < 0 ? -1 : 1) * Math.sqrt(discriminant));
  return [q / a, c / q].sort((x, y) => x - y);
}

import { kinematicQuantity } from '@unfold-zoo/metrics';
import { eachEvent, type MomentumValue } from './values.js';

/** Columns [n] of four-vectors; GeV. */
type Columns = Readonly<Record<'energy' | 'px' | 'py' | 'pz', Float64Array>>;

type Columns4 = [Float64Array, Float64Array, Float64Array, Float64Array];

/** A four-vector of each event; its mass follows from E and p. */
export function momentum({ energy, px, py, pz }: Columns): MomentumValue {
  return { kind: 'momentum', energy, px, py, pz };
}

/** Combines two four-vectors component by component. */
function combine(a: MomentumValue, b: MomentumValue, operation: (a: number, b: number) => number): MomentumValue {
  const column = (x: Float64Array, y: Float64Array) => eachEvent(x.length, (i) => operation(x[i]!, y[i]!));
  return momentum({
    energy: column(a.energy, b.energy),
    px: column(a.px, b.px),
    py: column(a.py, b.py),
    pz: column(a.pz, b.pz),
  });
}

/** a + b. */
export function addMomenta(a: MomentumValue, b: MomentumValue): MomentumValue {
  return combine(a, b, (x, y) => x + y);
}

/** a - b. */
export function subtractMomenta(a: MomentumValue, b: MomentumValue): MomentumValue {
  return combine(a, b, (x, y) => x - y);
}

/** [n] transverse momentum, GeV. */
export function pt(p: MomentumValue): Float64Array {
  return kinematic(p, 'pt');
}

/** [n] azimuth, rad, in (-pi, pi]. */
export function phi(p: MomentumValue): Float64Array {
  return kinematic(p, 'phi');
}

/** [n] pseudorapidity; a pT below 1 MeV counts as 1 MeV. */
export function eta(p: MomentumValue): Float64Array {
  return kinematic(p, 'eta');
}

function kinematic(p: MomentumValue, quantity: 'pt' | 'phi' | 'eta'): Float64Array {
  return kinematicQuantity({ ...p, mass: p.energy }, quantity);
}

/** [n] absolute momentum, GeV. */
export function absoluteMomentum({ px, py, pz }: MomentumValue): Float64Array {
  return eachEvent(px.length, (i) => Math.sqrt(px[i]! ** 2 + py[i]! ** 2 + pz[i]! ** 2));
}

/** [n] GeV: the mass that is known by itself, else that of E and p, which is -sqrt(p^2 - E^2) where E < |p|. */
export function mass(p: MomentumValue): Float64Array {
  if (p.mass) return p.mass;
  return eachEvent(p.px.length, (i) => {
    const squared = p.energy[i]! ** 2 - p.px[i]! ** 2 - p.py[i]! ** 2 - p.pz[i]! ** 2;
    return Math.sign(squared) * Math.sqrt(Math.abs(squared));
  });
}

/** [n] rapidity, ln((E + pz) / (E - pz)) / 2. */
export function rapidity({ energy, pz }: MomentumValue): Float64Array {
  return eachEvent(pz.length, (i) => Math.atanh(pz[i]! / energy[i]!));
}

/** [n] phi(a) - phi(b), rad, in (-pi, pi]. */
export function deltaPhi(a: MomentumValue, b: MomentumValue): Float64Array {
  const [first, second] = [phi(a), phi(b)];
  return eachEvent(first.length, (i) => {
    const difference = first[i]! - second[i]!;
    return difference - 2 * Math.PI * Math.ceil(difference / (2 * Math.PI) - 0.5);
  });
}

/** [n] eta(a) - eta(b). */
export function deltaEta(a: MomentumValue, b: MomentumValue): Float64Array {
  const [first, second] = [eta(a), eta(b)];
  return eachEvent(first.length, (i) => first[i]! - second[i]!);
}

/** [n] sqrt(deltaEta^2 + deltaPhi^2). */
export function deltaR(a: MomentumValue, b: MomentumValue): Float64Array {
  const [alongEta, alongPhi] = [deltaEta(a, b), deltaPhi(a, b)];
  return eachEvent(alongEta.length, (i) => Math.sqrt(alongEta[i]! ** 2 + alongPhi[i]! ** 2));
}

/** [n] cosine of the angle between the momenta of a and b. */
export function cosAngle(a: MomentumValue, b: MomentumValue): Float64Array {
  const [p, q] = [absoluteMomentum(a), absoluteMomentum(b)];
  return eachEvent(p.length, (i) => {
    const product = a.px[i]! * b.px[i]! + a.py[i]! * b.py[i]! + a.pz[i]! * b.pz[i]!;
    return Math.min(Math.max(product / (p[i]! * q[i]!), -1), 1);
  });
}

/** [n] GeV: sqrt(2 pT(a) pT(b) (1 - cos deltaPhi)), the transverse mass of two massless particles. */
export function transverseMass(a: MomentumValue, b: MomentumValue): Float64Array {
  const [first, second, angle] = [pt(a), pt(b), deltaPhi(a, b)];
  return eachEvent(first.length, (i) => Math.sqrt(2 * first[i]! * second[i]! * (1 - Math.cos(angle[i]!))));
}

/** p in the rest frame of another four-vector; NaN where that has no rest frame, as its E is not above its |p|. */
export function boostToRestFrame(p: MomentumValue, frame: MomentumValue): MomentumValue {
  const count = p.px.length;
  const [energy, px, py, pz] = [0, 1, 2, 3].map(() => new Float64Array(count)) as Columns4;
  for (let i = 0; i < count; i++) {
    const [x, y, z] = [frame.px[i]!, frame.py[i]!, frame.pz[i]!];
    const squared = frame.energy[i]! ** 2 - x * x - y * y - z * z;
    const frameMass = squared > 0 ? Math.sqrt(squared) : Number.NaN;
    const along = p.px[i]! * x + p.py[i]! * y + p.pz[i]! * z;
    energy[i] = (p.energy[i]! * frame.energy[i]! - along) / frameMass;
    // p' = p - P (E + E') / (E_frame + M), which has no division by the velocity.
    const factor = (p.energy[i]! + energy[i]!) / (frame.energy[i]! + frameMass);
    px[i] = p.px[i]! - x * factor;
    py[i] = p.py[i]! - y * factor;
    pz[i] = p.pz[i]! - z * factor;
  }
  const boosted = momentum({ energy, px, py, pz });
  return p.mass ? { ...boosted, mass: p.mass } : boosted;
}

/** [n] cosine of the angle between a in the rest frame of its parent, and the direction of flight of the parent. */
export function cosThetaStar(a: MomentumValue, parent: MomentumValue): Float64Array {
  return cosAngle(boostToRestFrame(a, parent), parent);
}

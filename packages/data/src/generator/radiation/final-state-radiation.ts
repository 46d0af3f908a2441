import type { Rng } from '@unfold-zoo/core';
import { type Direction, direction, drawAzimuth, setAlong, tilt } from '../four-vector.js';
import { LIGHT } from '../particles.js';
import type { PartonList } from '../parton-list.js';

/** Colour factors of a quark and of a gluon. */
export const QUARK_COLOUR = 4 / 3;
export const GLUON_COLOUR = 3;

/** Emissions stop at this kT in GeV ... */
const LOWEST_KT = 2;
/** ... and at this angle, below what a jet resolves. */
const LOWEST_ANGLE = 0.03;
/** A leg keeps at least 3 % of its energy in each emission. */
const LARGEST_FRACTION = 0.97;

/** alpha_s(kT) = 1 / (1.22 ln(kT / Lambda)): one loop, five flavours, Lambda in GeV. */
const LAMBDA = 0.226;
const TWO_BETA = 1.22;

/** A parton that radiates. */
export interface Leg {
  energy: number;
  mass: number;
  flavour: number;
  colour: number;
  readonly direction: Direction;
}

/** Widest emission, and a factor on the rate of emissions. */
export interface RadiationStrength {
  readonly widestAngle: number;
  readonly rate: number;
}

// With x = ln(E theta / Lambda) and x0 = ln(lowest kT / Lambda), the rate per ln(theta) of emissions above the lowest
// kT is proportional to the integral of alpha_s over ln kT, ln(x / x0); its integral over x is G(x) = x ln(x/x0) - x +
// x0.
const X0 = Math.log(LOWEST_KT / LAMBDA);
const X_END = 12;
const TABLE_STEPS = 2048;

/** G for x = ln(kT / Lambda), 0 below the lowest kT. */
function emissionsUpTo(kT: number): number {
  return kT > LOWEST_KT ? emissions(Math.min(X_END, Math.log(kT / LAMBDA))) : 0;
}

/** G(x) above: the mean number of emissions between x0 and x, up to the strength of the coupling. */
function emissions(x: number): number {
  return x * Math.log(x / X0) - x + X0;
}

// x and ln(x / x0) on a regular grid of sqrt(G), in which they are nearly linear.
const ROOT_END = Math.sqrt(emissions(X_END));
const xTable = Float64Array.from({ length: TABLE_STEPS + 2 }, (_, i) => invertEmissions((i / TABLE_STEPS) * ROOT_END));
const logTable = xTable.map((x) => Math.log(x / X0));

function invertEmissions(root: number): number {
  let [low, high] = [X0, X_END + 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (emissions(middle) < root * root) low = middle;
    else high = middle;
  }
  return low;
}

const heading = direction();
const emitted = direction();
const circle = new Float64Array(2);
const polar = { cosine: 1, sine: 0 };

/**
 * Radiates gluons off a leg, widest first, and appends them and then the leg itself to `out`.
 *
 * Emissions fill the primary Lund plane (Andersson et al. 1989): d(ln theta) d(ln z) 2 C / pi alpha_s(kT)
 * (1 + (1-z)^2) / 2 with kT = z E theta. Angles are 2 tan(half the opening angle), so the plane is uniform in rapidity.
 * Energies split z : 1-z, the gluon goes out at (1-z) theta and the leg at z theta on the other side.
 */
export function radiate(leg: Leg, strength: RadiationStrength, out: PartonList, rng: Rng): void {
  const rate = (strength.rate * 2 * leg.colour) / (Math.PI * TWO_BETA);
  const stop = emissionsUpTo(Math.max(leg.energy * LOWEST_ANGLE, leg.mass));
  let remaining = emissionsUpTo(leg.energy * strength.widestAngle);
  let energy = leg.energy;
  heading[0] = leg.direction[0]!;
  heading[1] = leg.direction[1]!;
  heading[2] = leg.direction[2]!;
  for (;;) {
    remaining -= rng.exponential() / rate;
    if (remaining <= stop) break;
    const place = Math.sqrt(remaining) * (TABLE_STEPS / ROOT_END);
    const step = Math.floor(place);
    const x = xTable[step]! + (place - step) * (xTable[step + 1]! - xTable[step]!);
    const log = logTable[step]! + (place - step) * (logTable[step + 1]! - logTable[step]!);
    // ln(kT / Lambda) is distributed as 1 / ln(kT / Lambda), between X0 and x.
    const z = (Math.exp(X0 * Math.exp(log * rng.uniform()) - x) * leg.energy) / energy;
    if (z > LARGEST_FRACTION || rng.uniform() > 1 - z * (1 - z / 2)) continue;
    const angle = (Math.exp(x) * LAMBDA) / leg.energy;
    drawAzimuth(circle, rng);
    setPolar((1 - z) * angle);
    tilt(emitted, heading, polar, circle);
    setAlong(out.add(LIGHT), 0, z * energy, emitted);
    setPolar(-z * angle);
    tilt(heading, heading, polar, circle);
    energy *= 1 - z;
  }
  const momentum = Math.sqrt(Math.max(energy * energy - leg.mass * leg.mass, 1e-6));
  setAlong(out.add(leg.flavour), leg.mass, momentum, heading);
}

// The angle is 2 tan(half of it); a negative one goes to the other side.
function setPolar(angle: number): void {
  const squared = (angle * angle) / 4;
  polar.cosine = (1 - squared) / (1 + squared);
  polar.sine = angle / (1 + squared);
}

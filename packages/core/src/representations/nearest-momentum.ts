import { type FourMomentum, massOf } from './four-momenta.js';

/** A momentum in GeV: px, py, pz. */
export type ThreeMomentum = readonly [number, number, number];

/** A particle that is to have an invariant mass together with others. */
export interface MassTarget {
  /** GeV; of the particle. */
  readonly mass: number;
  /** Of all the others together. */
  readonly others: FourMomentum;
  /** GeV; of the particle and the others together. */
  readonly massOfAll: number;
}

/** Newton's method on a convex function squares its error in each step; far from the root it halves it. */
export const MOST_STEPS = 100;

/** A change of the multiplier, relative to its distance from the pole, that is rounding. */
const CONVERGED = 1e-15;

/** Share of a momentum that it is tilted by, where it is parallel to the others' and has no direction across it. */
export const TILT = 1e-9;

/**
 * The momentum nearest to a given one at which a particle has an invariant mass M together with others, of energy E,
 * momentum P and mass R: E sqrt(q^2 + m^2) - P q_parallel = K, with K = (M^2 - m^2 - R^2) / 2.
 *
 * The squared condition, divided by E^2, is an ellipsoid about the axis of P,
 *
 *     q_across^2 + b q_parallel^2 - 2 h q_parallel + m^2 - K^2 / E^2 = 0, with b = R^2 / E^2 and h = K P / E^2,
 *
 * and the point of it nearest to q0 is q_across = q0_across / (1 + n), q_parallel = (q0_parallel + n h) / (1 + n b),
 * with the one multiplier n > -1 for which the condition holds. In n the left side is convex and falls. What is not a
 * number gives a momentum that is none, and a mass that is less than those of particle and others moves nothing.
 */
export function nearestMomentum(given: ThreeMomentum, { mass, others, massOfAll }: MassTarget): ThreeMomentum {
  const split = acrossAndAlong(given, [others[1], others[2], others[3]]);
  const energySquared = others[0] ** 2;
  const ofOthers = massOf(others);
  if (massOfAll <= mass + ofOthers) return given;
  const product = (massOfAll ** 2 - mass ** 2 - ofOthers ** 2) / 2;
  const ellipsoid: Ellipsoid = {
    b: ofOthers ** 2 / energySquared,
    h: (product * split.axisLength) / energySquared,
    constant: mass ** 2 - product ** 2 / energySquared,
  };
  const n = multiplier(split, ellipsoid);
  const along = alongAt(n, split, ellipsoid);
  const [x, y, z] = [0, 1, 2].map((i) => split.across[i]! / (1 + n) + along * split.axis[i]!) as [
    number,
    number,
    number,
  ];
  return Number.isFinite(x + y + z) || !Number.isFinite(massOfAll) ? [x, y, z] : given;
}

/** Coefficients of q_across^2 + b q_parallel^2 - 2 h q_parallel + constant = 0. */
interface Ellipsoid {
  readonly b: number;
  readonly h: number;
  readonly constant: number;
}

/** A momentum relative to an axis. */
interface Split {
  /** Unit vector. */
  readonly axis: ThreeMomentum;
  /** Length of the vector that gave the axis. */
  readonly axisLength: number;
  /** The part of the momentum across the axis; never zero. */
  readonly across: ThreeMomentum;
  readonly acrossSquared: number;
  readonly along: number;
}

function acrossAndAlong(momentum: ThreeMomentum, axisVector: ThreeMomentum): Split {
  const axisLength = Math.hypot(...axisVector);
  const axis: ThreeMomentum =
    axisLength > 0 ? [axisVector[0] / axisLength, axisVector[1] / axisLength, axisVector[2] / axisLength] : [0, 0, 1];
  const along = dot(momentum, axis);
  const across: ThreeMomentum = [
    momentum[0] - along * axis[0],
    momentum[1] - along * axis[1],
    momentum[2] - along * axis[2],
  ];
  const least = TILT * (1 + Math.abs(along));
  const tilted = dot(across, across) > least ** 2 ? across : perpendicular(axis, least);
  return { axis, axisLength, across: tilted, acrossSquared: dot(tilted, tilted), along };
}

function dot(a: ThreeMomentum, b: ThreeMomentum): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** A vector of a length, perpendicular to a unit vector. */
function perpendicular([x, y, z]: ThreeMomentum, length: number): ThreeMomentum {
  // Of the coordinate axes, one that is far from parallel.
  const other: ThreeMomentum = Math.abs(x) < 0.6 ? [0, z, -y] : [-z, 0, x];
  const size = Math.hypot(...other);
  return [(other[0] / size) * length, (other[1] / size) * length, (other[2] / size) * length];
}

function alongAt(n: number, { along }: Split, { b, h }: Ellipsoid): number {
  return (along + n * h) / (1 + n * b);
}

/** The root n of the condition, by Newton's method from its left: a convex function that falls is never overshot. */
function multiplier(split: Split, ellipsoid: Ellipsoid): number {
  const { b, h, constant } = ellipsoid;
  const { acrossSquared, along } = split;
  const atZero = acrossSquared + b * along ** 2 - 2 * h * along + constant;
  let n = atZero >= 0 ? 0 : Math.sqrt(acrossSquared / (acrossSquared - atZero)) - 1;
  for (let step = 0; step < MOST_STEPS; step++) {
    const q = alongAt(n, split, ellipsoid);
    const value = acrossSquared / (1 + n) ** 2 + b * q ** 2 - 2 * h * q + constant;
    const slope = -2 * (acrossSquared / (1 + n) ** 3 + (h - b * q) ** 2 / (1 + n * b));
    const change = -value / slope;
    if (!(change > CONVERGED * (1 + n))) return n;
    n += change;
  }
  return n;
}

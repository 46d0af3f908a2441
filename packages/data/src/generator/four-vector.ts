import type { Rng } from '@unfold-zoo/core';

/**
 * Energy and momentum [E, px, py, pz] in GeV. Functions write into a vector they are given: the hot loops allocate
 * nothing.
 */
export type FourVector = Float64Array;

/** A unit vector [x, y, z]. */
export type Direction = Float64Array;

/** A four-vector of zeros. */
export function fourVector(): FourVector {
  return new Float64Array(4);
}

/** A direction along z. */
export function direction(): Direction {
  return Float64Array.of(0, 0, 1);
}

/** Sets `out` to `v`. For four numbers this is faster than `set`. */
export function copy(out: FourVector, v: FourVector): void {
  out[0] = v[0]!;
  out[1] = v[1]!;
  out[2] = v[2]!;
  out[3] = v[3]!;
}

/** Sets `out` to a particle of that mass and momentum p = `momentum` * `along`. */
export function setAlong(out: FourVector, mass: number, momentum: number, along: Direction): void {
  out[0] = Math.sqrt(momentum * momentum + mass * mass);
  out[1] = momentum * along[0]!;
  out[2] = momentum * along[1]!;
  out[3] = momentum * along[2]!;
}

/** Mass in GeV; 0 where rounding makes E^2 - p^2 negative. */
export function invariantMass(v: FourVector): number {
  return Math.sqrt(Math.max(0, v[0]! * v[0]! - v[1]! * v[1]! - v[2]! * v[2]! - v[3]! * v[3]!));
}

/** Momentum across the beam, pT, in GeV. */
export function transverseMomentum(v: FourVector): number {
  return Math.sqrt(v[1]! * v[1]! + v[2]! * v[2]!);
}

/** asinh(pz / pT). */
export function pseudorapidity(v: FourVector): number {
  return Math.asinh(v[3]! / transverseMomentum(v));
}

/** Angle in [-pi, pi] around the beam. */
export function azimuth(v: FourVector): number {
  return Math.atan2(v[2]!, v[1]!);
}

/** An angle brought into [-pi, pi]; it may lie at most one turn outside. */
export function wrapAngle(phi: number): number {
  if (phi > Math.PI) return phi - 2 * Math.PI;
  return phi < -Math.PI ? phi + 2 * Math.PI : phi;
}

/** (difference in eta)^2 + (difference in phi)^2. */
export function squaredDeltaR(deltaEta: number, deltaPhi: number): number {
  const phi = wrapAngle(deltaPhi);
  return deltaEta * deltaEta + phi * phi;
}

/** Takes `v` from the rest frame of `frame` to the frame in which `frame` was measured. In place. */
export function boost(v: FourVector, frame: FourVector, mass: number): void {
  boostBy(v, frame, mass, 1);
}

/** The inverse of `boost`: takes `v` into the rest frame of `frame`. In place. */
export function boostToRest(v: FourVector, frame: FourVector, mass: number): void {
  boostBy(v, frame, mass, -1);
}

function boostBy(v: FourVector, frame: FourVector, mass: number, sign: number): void {
  const projection = sign * (v[1]! * frame[1]! + v[2]! * frame[2]! + v[3]! * frame[3]!);
  const energy = (frame[0]! * v[0]! + projection) / mass;
  const along = (sign * (v[0]! + energy)) / (frame[0]! + mass);
  v[0] = energy;
  v[1] = v[1]! + along * frame[1]!;
  v[2] = v[2]! + along * frame[2]!;
  v[3] = v[3]! + along * frame[3]!;
}

/** Momentum in GeV of either product of a two-body decay in the rest frame of `mass`. */
export function decayMomentum(mass: number, first: number, second: number): number {
  const above = mass * mass - (first + second) ** 2;
  return Math.sqrt(Math.max(0, above * (mass * mass - (first - second) ** 2))) / (2 * mass);
}

/** Draws cos and sin of an azimuth, uniform on the circle, without calling either (von Neumann). */
export function drawAzimuth(out: Float64Array, rng: Rng): void {
  for (;;) {
    const x = 2 * rng.uniform() - 1;
    const y = 2 * rng.uniform() - 1;
    const squared = x * x + y * y;
    if (squared > 1 || squared === 0) continue;
    const scale = 1 / Math.sqrt(squared);
    out[0] = x * scale;
    out[1] = y * scale;
    return;
  }
}

const around = new Float64Array(2);

/** Draws a direction at the polar angle whose cosine is given, uniform in azimuth. */
export function drawDirection(out: Direction, cosine: number, rng: Rng): void {
  const sine = Math.sqrt(Math.max(0, 1 - cosine * cosine));
  drawAzimuth(around, rng);
  out[0] = sine * around[0]!;
  out[1] = sine * around[1]!;
  out[2] = cosine;
}

/**
 * Sets `out` to the direction at a polar angle from `axis`, at the azimuth `circle` = [cos, sin] around it.
 * `out` may be `axis`.
 */
export function tilt(
  out: Direction,
  axis: Direction,
  polar: { cosine: number; sine: number },
  circle: Float64Array,
): void {
  const nx = axis[0]!;
  const ny = axis[1]!;
  const nz = axis[2]!;
  const across = Math.sqrt(nx * nx + ny * ny);
  const ax = across > 1e-9 ? -ny / across : 1;
  const ay = across > 1e-9 ? nx / across : 0;
  const a = polar.sine * circle[0]!;
  const b = polar.sine * circle[1]!;
  out[0] = polar.cosine * nx + a * ax - b * nz * ay;
  out[1] = polar.cosine * ny + a * ay + b * nz * ax;
  out[2] = polar.cosine * nz + b * (nx * ay - ny * ax);
}

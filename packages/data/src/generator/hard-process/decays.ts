import type { Rng } from '@unfold-zoo/core';
import {
  boost,
  copy,
  type Direction,
  decayMomentum,
  direction,
  drawAzimuth,
  drawDirection,
  type FourVector,
  fourVector,
  setAlong,
  tilt,
} from '../four-vector.js';
import { BOTTOM_MASS, W_BOSON } from '../particles.js';

/**
 * W helicity fractions in t -> b W at leading order: along, against and across its flight (Kane, Ladinsky, Yuan 1992).
 */
export const LONGITUDINAL = 0.687;
export const LEFT_HANDED = 0.311;
export const RIGHT_HANDED = 0.002;

/** Above the angular density below at every angle: it peaks at 0.61. */
const HIGHEST_ANGULAR_DENSITY = 0.66;

/**
 * Draws the cosine of the angle, in the rest frame of the W, between the down-type fermion (charged lepton, d or s) and
 * the direction away from the b: 3/8 F_L (1-c)^2 + 3/4 F_0 (1-c^2) + 3/8 F_R (1+c)^2.
 */
export function drawHelicityCosine(rng: Rng): number {
  for (;;) {
    const c = 2 * rng.uniform() - 1;
    const density =
      0.375 * LEFT_HANDED * (1 - c) ** 2 + 0.75 * LONGITUDINAL * (1 - c * c) + 0.375 * RIGHT_HANDED * (1 + c) ** 2;
    if (rng.uniform() * HIGHEST_ANGULAR_DENSITY < density) return c;
  }
}

/**
 * Draws the mass in GeV of the W in the decay of a top: a Breit-Wigner times the width of t -> b W, which falls as
 * (1 - r)^2 (1 + 2 r) with r = mW^2 / mt^2 for a light b.
 */
export function drawWMass(topMass: number, rng: Rng): number {
  // r (1-r)^2 (1+2r), which the accepted weight is proportional to, is at most 0.26.
  const highest = 0.26 * (topMass / W_BOSON.mass) ** 2;
  for (;;) {
    const mass = W_BOSON.draw(rng);
    const r = (mass / topMass) ** 2;
    const weight = W_BOSON.runningWidthFactor(mass) * (1 - r) ** 2 * (1 + 2 * r);
    if (rng.uniform() * highest * 1.01 < weight) return mass;
  }
}

/** One top decay t -> b W, W -> up-type + down-type fermion, each vector in the frame that its comment names. */
export class TopDecay {
  mass = 0;
  wMass = 0;
  upMass = 0;
  downMass = 0;
  /** Flight of the W in the rest frame of the top. */
  readonly wDirection: Direction = direction();
  /** Rest frame of the top. */
  readonly b: FourVector = fourVector();
  readonly w: FourVector = fourVector();
  /** Rest frame of the W. */
  readonly up: FourVector = fourVector();
  readonly down: FourVector = fourVector();

  /** Draws a decay of an unpolarised top of `mass`, into fermions of `upMass` and `downMass`, all in GeV. */
  draw(masses: { mass: number; upMass: number; downMass: number }, rng: Rng): void {
    this.mass = masses.mass;
    this.upMass = masses.upMass;
    this.downMass = masses.downMass;
    this.wMass = drawWMass(this.mass, rng);
    drawDirection(this.wDirection, 2 * rng.uniform() - 1, rng);
    const momentum = decayMomentum(this.mass, BOTTOM_MASS, this.wMass);
    setAlong(this.w, this.wMass, momentum, this.wDirection);
    setAlong(this.b, BOTTOM_MASS, -momentum, this.wDirection);
    this.#drawFermions(rng);
  }

  #drawFermions(rng: Rng): void {
    polar.cosine = drawHelicityCosine(rng);
    polar.sine = Math.sqrt(Math.max(0, 1 - polar.cosine * polar.cosine));
    drawAzimuth(circle, rng);
    tilt(fermion, this.wDirection, polar, circle);
    const momentum = decayMomentum(this.wMass, this.upMass, this.downMass);
    setAlong(this.down, this.downMass, momentum, fermion);
    setAlong(this.up, this.upMass, -momentum, fermion);
  }

  /** Writes b, W, up and down to `out` in the frame in which the top has momentum `top`. */
  toFrame(top: FourVector, out: { b: FourVector; w: FourVector; up: FourVector; down: FourVector }): void {
    copy(out.b, this.b);
    copy(out.w, this.w);
    copy(out.up, this.up);
    copy(out.down, this.down);
    // By way of the top: boosting straight from the W to the laboratory would turn the axes.
    boost(out.up, this.w, this.wMass);
    boost(out.down, this.w, this.wMass);
    for (const product of [out.b, out.w, out.up, out.down]) boost(product, top, this.mass);
  }
}

const circle = new Float64Array(2);
const fermion = direction();
const polar = { cosine: 1, sine: 0 };

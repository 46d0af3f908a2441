import type { Rng } from '@unfold-zoo/core';
import {
  boost,
  boostToRest,
  decayMomentum,
  direction,
  type FourVector,
  fourVector,
  invariantMass,
  setAlong,
} from '../four-vector.js';
import type { TopDecay } from '../hard-process/decays.js';
import { BOTTOM, BOTTOM_MASS, LIGHT } from '../particles.js';
import type { PartonList } from '../parton-list.js';
import type { Tune } from '../tune.js';
import { type Leg, QUARK_COLOUR, radiate } from './final-state-radiation.js';

/** The b system stays this many GeV below what the decay leaves for it. */
const MASS_MARGIN = 0.5;

const leg: Leg = { energy: 0, mass: 0, flavour: LIGHT, colour: QUARK_COLOUR, direction: direction() };
const system = fourVector();
const shift = fourVector();

/**
 * Radiates off the b of a top decay and lets the W take the recoil: it keeps its direction and loses momentum to the
 * mass of the b system. Appends b and gluons to `out`, moves `w`; both in the rest frame of the top.
 */
export function radiateFromTop(decay: TopDecay, tune: Tune, out: PartonList, w: FourVector, rng: Rng): void {
  const start = out.count;
  let mass: number;
  do {
    out.count = start;
    setLeg(decay.b, BOTTOM_MASS, BOTTOM);
    radiate(leg, tune.bottomRadiation, out, rng);
    out.sum(system, start);
    mass = invariantMass(system);
  } while (mass >= decay.mass - decay.wMass - MASS_MARGIN);
  const momentum = decayMomentum(decay.mass, decay.wMass, mass);
  setAlong(w, decay.wMass, momentum, decay.wDirection);
  setAlong(shift, mass, -momentum, decay.wDirection);
  for (let i = start; i < out.count; i++) {
    boostToRest(out.momenta[i]!, system, mass);
    boost(out.momenta[i]!, shift, mass);
  }
}

/**
 * Radiates off both quarks of a hadronic W; the flavour is that of the up-type one. Appends them and the gluons to
 * `out`, in the rest frame of the W.
 */
export function radiateFromW(decay: TopDecay, upFlavour: number, tune: Tune, out: PartonList, rng: Rng): void {
  const start = out.count;
  setLeg(decay.up, decay.upMass, upFlavour);
  radiate(leg, tune.lightRadiation, out, rng);
  setLeg(decay.down, decay.downMass, LIGHT);
  radiate(leg, tune.lightRadiation, out, rng);
  out.sum(system, start);
  const mass = invariantMass(system);
  for (let i = start; i < out.count; i++) {
    const momentum = out.momenta[i]!;
    boostToRest(momentum, system, mass);
    for (let k = 0; k < 4; k++) momentum[k] = (momentum[k]! * decay.wMass) / mass;
  }
}

function setLeg(momentum: FourVector, mass: number, flavour: number): void {
  leg.energy = momentum[0]!;
  leg.mass = mass;
  leg.flavour = flavour;
  const magnitude = Math.sqrt(Math.max(1e-12, leg.energy * leg.energy - mass * mass));
  for (let k = 0; k < 3; k++) leg.direction[k] = momentum[k + 1]! / magnitude;
}

import type { Rng } from '@unfold-zoo/core';
import {
  azimuth,
  invariantMass,
  pseudorapidity,
  squaredDeltaR,
  transverseMomentum,
  wrapAngle,
} from '../four-vector.js';
import { BOTTOM, CHARM } from '../particles.js';
import { PARTON_CAPACITY, type PartonList } from '../parton-list.js';
import type { Tune } from '../tune.js';
import { AntiKt } from './anti-kt.js';

/**
 * The selection: jets above this pT in GeV and within this |eta|, at least so many of them and of those tagged as b.
 */
export const JET_PT = 25;
export const JET_ETA = 2.5;
export const FEWEST_JETS = 4;
export const FEWEST_B_TAGS = 2;

/** Below this raw pT in GeV no jet can reach 25 GeV, and a simpler response does. */
const SOFT_PT = 10;
const SOFT_SCALE = 0.8;
const SOFT_SPREAD = 0.3;
/** The spread of raw pT is wider beyond |eta| = 1.5. */
const ENDCAP_SLOPE = Math.sinh(1.5);
const ENDCAP_SPREAD = 1.1;
/** Within this distance a heavy quark gives a jet its flavour. */
const FLAVOUR_CONE = 0.5;

/** How often a jet of corrected `pt` in GeV and that flavour is tagged as b: CMS card of Delphes 3.4.1. */
export function tagEfficiency(flavour: number, pt: number): number {
  if (flavour === BOTTOM) return (0.85 * Math.tanh(0.0025 * pt) * 25) / (1 + 0.063 * pt);
  if (flavour === CHARM) return (0.25 * Math.tanh(0.018 * pt)) / (1 + 0.0013 * pt);
  return 0.01 + 0.000038 * pt;
}

/** Factor on the momentum of a jet of raw `pt` in GeV, as in the same card. */
export function energyScale(pt: number, eta: number): number {
  return Math.sqrt((2.5 - 0.15 * Math.abs(eta)) ** 2 / pt + 1);
}

/** Heavy quarks of the event before radiation, by direction. */
export class HeavyQuarks {
  count = 0;
  readonly eta = new Float64Array(PARTON_CAPACITY);
  readonly phi = new Float64Array(PARTON_CAPACITY);
  readonly flavours = new Uint8Array(PARTON_CAPACITY);

  add(flavour: number, eta: number, phi: number): void {
    this.eta[this.count] = eta;
    this.phi[this.count] = phi;
    this.flavours[this.count++] = flavour;
  }
}

/** Jets as the detector sees them, in falling pT. Storage is reused from event to event. */
export class ObservedJets {
  count = 0;
  /** [count] GeV and radians, corrected. */
  readonly mass = new Float64Array(PARTON_CAPACITY);
  readonly pt = new Float64Array(PARTON_CAPACITY);
  readonly eta = new Float64Array(PARTON_CAPACITY);
  readonly phi = new Float64Array(PARTON_CAPACITY);
  /** [count] 1 for a b-tagged jet. */
  readonly tagged = new Uint8Array(PARTON_CAPACITY);
  /** [count] true flavour. */
  readonly flavours = new Uint8Array(PARTON_CAPACITY);
  /** Summed raw momentum of all jets, also the soft and the forward ones, GeV. */
  px = 0;
  py = 0;

  readonly #clustering = new AntiKt();
  readonly #clusterFlavours = new Uint8Array(PARTON_CAPACITY);
  readonly #cluster = new Int32Array(PARTON_CAPACITY);
  readonly #tune: Tune['jet'];

  constructor(tune: Tune['jet']) {
    this.#tune = tune;
  }

  /**
   * Clusters partons and measures the jets. False, with jets incomplete, as soon as the event is known to have fewer
   * than four jets or two tags.
   */
  observe(partons: PartonList, heavy: HeavyQuarks, rng: Rng): boolean {
    this.#clustering.cluster(partons);
    this.#measureMomenta(rng);
    if (this.count < FEWEST_JETS) return false;
    this.#findFlavours(partons, heavy);
    if (this.#tag(rng) < FEWEST_B_TAGS) return false;
    this.#measureMasses(rng);
    this.#sort();
    return true;
  }

  #measureMomenta(rng: Rng): void {
    const { jets } = this.#clustering;
    this.count = 0;
    this.px = 0;
    this.py = 0;
    for (let k = 0; k < this.#clustering.count; k++) {
      const truth = jets[k]!;
      const pt = transverseMomentum(truth);
      const endcap = Math.abs(truth[3]!) > ENDCAP_SLOPE * pt;
      const raw = this.#rawPt(pt, endcap ? ENDCAP_SPREAD : 1, rng);
      this.px += (truth[1]! / pt) * raw;
      this.py += (truth[2]! / pt) * raw;
      if (raw >= SOFT_PT) this.#correct(k, raw, rng);
    }
  }

  #rawPt(pt: number, spread: number, rng: Rng): number {
    const { scale, softLoss, offset, noise, stochastic, constant } = this.#tune;
    if (pt < SOFT_PT) return pt * SOFT_SCALE * Math.max(0, 1 + SOFT_SPREAD * rng.normal());
    const sigma = spread * Math.sqrt(noise * noise + stochastic * stochastic * pt + (constant * pt) ** 2);
    return Math.max(0, scale * pt * (1 - Math.exp(-pt / softLoss)) + offset + sigma * rng.normal());
  }

  // Appends the jet if its corrected momentum passes the selection.
  #correct(cluster: number, raw: number, rng: Rng): void {
    const truth = this.#clustering.jets[cluster]!;
    const eta = pseudorapidity(truth);
    const pt = raw * energyScale(raw, eta);
    if (pt <= JET_PT) return;
    const spread = Math.sqrt((this.#tune.angle / pt) ** 2 + this.#tune.angleFloor ** 2);
    const measuredEta = eta + spread * rng.normal();
    if (Math.abs(measuredEta) >= JET_ETA) return;
    this.#cluster[this.count] = cluster;
    this.pt[this.count] = pt;
    this.eta[this.count] = measuredEta;
    this.phi[this.count] = wrapAngle(azimuth(truth) + spread * rng.normal());
    this.count++;
  }

  // The heaviest quark among the constituents or near the jet.
  #findFlavours(partons: PartonList, heavy: HeavyQuarks): void {
    const { jetOf, count } = this.#clustering;
    this.#clusterFlavours.fill(0, 0, count);
    for (let i = 0; i < partons.count; i++) {
      const jet = jetOf[i]!;
      this.#clusterFlavours[jet] = Math.max(this.#clusterFlavours[jet]!, partons.flavours[i]!);
    }
    for (let j = 0; j < this.count; j++) {
      let flavour = this.#clusterFlavours[this.#cluster[j]!]!;
      for (let q = 0; q < heavy.count; q++) {
        if (heavy.flavours[q]! <= flavour) continue;
        const distance = squaredDeltaR(heavy.eta[q]! - this.eta[j]!, heavy.phi[q]! - this.phi[j]!);
        if (distance < FLAVOUR_CONE * FLAVOUR_CONE) flavour = heavy.flavours[q]!;
      }
      this.flavours[j] = flavour;
    }
  }

  #tag(rng: Rng): number {
    let tags = 0;
    for (let j = 0; j < this.count; j++) {
      this.tagged[j] = rng.uniform() < tagEfficiency(this.flavours[j]!, this.pt[j]!) ? 1 : 0;
      tags += this.tagged[j]!;
    }
    return tags;
  }

  #measureMasses(rng: Rng): void {
    const { massScale, massOffset, massFraction, massSpread } = this.#tune;
    for (let j = 0; j < this.count; j++) {
      const truth = this.#clustering.jets[this.#cluster[j]!]!;
      const pt = transverseMomentum(truth);
      const soft = massOffset + massFraction * pt * (0.6 + 0.4 * rng.uniform());
      const mass = Math.hypot(massScale * invariantMass(truth), soft) * Math.exp(massSpread * rng.normal());
      this.mass[j] = (mass * this.pt[j]!) / Math.max(1, pt);
    }
  }

  // By insertion: there are few.
  #sort(): void {
    for (let j = 1; j < this.count; j++) {
      for (let i = j; i > 0 && this.pt[i]! > this.pt[i - 1]!; i--) this.#swap(i, i - 1);
    }
  }

  #swap(i: number, j: number): void {
    for (const column of [this.mass, this.pt, this.eta, this.phi, this.tagged, this.flavours]) {
      const kept = column[i]!;
      column[i] = column[j]!;
      column[j] = kept;
    }
  }
}

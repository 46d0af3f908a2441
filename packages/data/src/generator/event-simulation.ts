import type { Rng } from '@unfold-zoo/core';
import { HeavyQuarks, ObservedJets } from './detector/jet-response.js';
import { isIsolated, type ObservedLepton, observeLepton } from './detector/lepton-response.js';
import {
  azimuth,
  boost,
  copy,
  decayMomentum,
  direction,
  drawDirection,
  type FourVector,
  fourVector,
  pseudorapidity,
  setAlong,
  transverseMomentum,
} from './four-vector.js';
import { TopDecay } from './hard-process/decays.js';
import { HardProcess, type HardScattering } from './hard-process/hard-process.js';
import { HardScatteringSampler } from './hard-process/unweighting.js';
import {
  BOTTOM,
  BOTTOM_MASS,
  CHARM,
  CHARM_MASS,
  COLLISION_ENERGY,
  DOWN_MASS,
  ELECTRON_MASS,
  LIGHT,
  MUON_MASS,
  STRANGE_MASS,
  UP_MASS,
} from './particles.js';
import { PartonList } from './parton-list.js';
import { radiateFromTop, radiateFromW } from './radiation/decay-radiation.js';
import { GLUON_COLOUR, type Leg, QUARK_COLOUR, radiate } from './radiation/final-state-radiation.js';
import { InitialStateRadiation } from './radiation/initial-state-radiation.js';
import { monashTune, type Tune } from './tune.js';

/** What generators share: it takes no random numbers, so it is the same for every seed. */
export interface TtbarModel {
  readonly tune: Tune;
  readonly scatterings: HardScatteringSampler;
}

/** Sets up the hard process; about a tenth of a second. */
export function ttbarModel(tune: Tune = monashTune): TtbarModel {
  return { tune, scatterings: new HardScatteringSampler(new HardProcess(tune)) };
}

/** What became of the events that were generated. */
export interface GeneratorCounters {
  /** Points of phase space tried. */
  tried: number;
  /** Points whose weight exceeded its bound: they were used more than once, as often as their weight asks. */
  overweights: number;
  /** Top pairs made and decayed. */
  generated: number;
  /** Of these, how many had their lepton seen, hard enough and isolated ... */
  withLepton: number;
  /** ... and four jets and two b-tags as well. */
  selected: number;
}

/** Particles beyond this slope pz / pT, |eta| = 5, are not seen. */
const DETECTOR_SLOPE = Math.sinh(5);
/** Emissions of the initial state below this pT in GeV make no jet, so they do not radiate themselves. */
const SOFTEST_RADIATOR = 10;
/** b quarks of a pT in GeV below this lose nothing to neutrinos, others at most this share. */
const SOFTEST_SEMILEPTONIC = 5;
const LARGEST_LOSS = 0.8;

/** One simulated event. Storage is reused from event to event; momenta are in the laboratory unless said otherwise. */
export class EventSimulation {
  readonly scattering: HardScattering = {
    firstMass: 0,
    secondMass: 0,
    logTau: 0,
    rapidity: 0,
    cosTheta: 0,
    gluonFusion: false,
  };
  pairMass = 0;
  isElectron = false;
  /** Whether the hadronic W goes to c s rather than u d. */
  charmed = false;
  readonly pair: FourVector = fourVector();
  readonly leptonicTop: FourVector = fourVector();
  readonly hadronicTop: FourVector = fourVector();
  readonly leptonicDecay = new TopDecay();
  readonly hadronicDecay = new TopDecay();
  /** Decay products before radiation; filled once the lepton is seen. */
  readonly leptonic = decayProducts();
  readonly hadronic = decayProducts();
  readonly lepton: ObservedLepton = { pt: 0, eta: 0, phi: 0 };
  readonly jets: ObservedJets;
  /** Missing momentum in GeV. */
  missingX = 0;
  missingY = 0;
  readonly counters: GeneratorCounters = { tried: 0, overweights: 0, generated: 0, withLepton: 0, selected: 0 };

  readonly #model: TtbarModel;
  readonly #rng: Rng;
  readonly #initialState: InitialStateRadiation;
  readonly #partons = new PartonList();
  readonly #leptonicPartons = new PartonList();
  readonly #heavy = new HeavyQuarks();
  readonly #radiatedW = fourVector();
  readonly #radiatedLepton = fourVector();
  readonly #axis = direction();
  readonly #leg: Leg = { energy: 0, mass: 0, flavour: LIGHT, colour: 0, direction: direction() };
  // How often the present scattering is still to be used.
  #copies = 0;

  constructor(model: TtbarModel, rng: Rng) {
    this.#model = model;
    this.#rng = rng;
    this.#initialState = new InitialStateRadiation(model.tune);
    this.jets = new ObservedJets(model.tune.jet);
  }

  /** Simulates events until one passes the selection. */
  next(): void {
    while (!this.#simulate());
    this.counters.selected++;
  }

  // Goes on only as long as the event may still be selected; the lepton decides first as it costs least.
  #simulate(): boolean {
    this.counters.generated++;
    this.#makePair();
    this.#decayLeptonicTop();
    if (!observeLepton(this.#radiatedLepton, this.isElectron, this.#model.tune.lepton, this.lepton, this.#rng))
      return false;
    this.#decayHadronicTop();
    this.#collectPartons();
    const activity = { partons: this.#partons, tune: this.#model.tune.lepton };
    if (!isIsolated(this.lepton, this.isElectron, activity, this.#rng)) return false;
    this.counters.withLepton++;
    this.#loseNeutrinos();
    if (!this.jets.observe(this.#partons, this.#heavy, this.#rng)) return false;
    this.#measureMissing();
    return true;
  }

  #makePair(): void {
    const { scattering, pair } = this;
    const rng = this.#rng;
    if (this.#copies === 0) this.#copies = this.#model.scatterings.draw(scattering, rng, this.counters);
    this.#copies--;
    this.pairMass = COLLISION_ENERGY * Math.exp(scattering.logTau / 2);
    this.#initialState.emit(scattering, this.pairMass, rng);
    const spread = this.#model.tune.initialState.primordialMomentum;
    pair[1] = spread * rng.normal();
    pair[2] = spread * rng.normal();
    for (let i = 0; i < this.#initialState.count; i++) {
      pair[1] -= this.#initialState.px[i]!;
      pair[2] -= this.#initialState.py[i]!;
    }
    const transverseMass = Math.sqrt(this.pairMass ** 2 + pair[1] ** 2 + pair[2] ** 2);
    pair[0] = transverseMass * Math.cosh(scattering.rapidity);
    pair[3] = transverseMass * Math.sinh(scattering.rapidity);
    drawDirection(this.#axis, scattering.cosTheta, rng);
    const momentum = decayMomentum(this.pairMass, scattering.firstMass, scattering.secondMass);
    setAlong(this.leptonicTop, scattering.firstMass, momentum, this.#axis);
    setAlong(this.hadronicTop, scattering.secondMass, -momentum, this.#axis);
    boost(this.leptonicTop, pair, this.pairMass);
    boost(this.hadronicTop, pair, this.pairMass);
  }

  #decayLeptonicTop(): void {
    const decay = this.leptonicDecay;
    this.isElectron = this.#rng.uniform() < 0.5;
    const downMass = this.isElectron ? ELECTRON_MASS : MUON_MASS;
    decay.draw({ mass: this.scattering.firstMass, upMass: 0, downMass }, this.#rng);
    this.#leptonicPartons.clear();
    radiateFromTop(decay, this.#model.tune, this.#leptonicPartons, this.#radiatedW, this.#rng);
    copy(this.#radiatedLepton, decay.down);
    boost(this.#radiatedLepton, this.#radiatedW, decay.wMass);
    boost(this.#radiatedLepton, this.leptonicTop, decay.mass);
  }

  #decayHadronicTop(): void {
    this.charmed = this.#rng.uniform() < 0.5;
    const upMass = this.charmed ? CHARM_MASS : UP_MASS;
    const downMass = this.charmed ? STRANGE_MASS : DOWN_MASS;
    this.hadronicDecay.draw({ mass: this.scattering.secondMass, upMass, downMass }, this.#rng);
    this.hadronicDecay.toFrame(this.hadronicTop, this.hadronic);
    this.leptonicDecay.toFrame(this.leptonicTop, this.leptonic);
  }

  // Every parton that the detector may see, after radiation, and the heavy quarks before it.
  #collectPartons(): void {
    const partons = this.#partons;
    const decay = this.hadronicDecay;
    const { tune } = this.#model;
    const rng = this.#rng;
    partons.clear();
    this.#heavy.count = 0;
    this.#addHeavy(BOTTOM, this.leptonic.b);
    this.#addHeavy(BOTTOM, this.hadronic.b);
    if (this.charmed) this.#addHeavy(CHARM, this.hadronic.up);
    radiateFromW(decay, this.charmed ? CHARM : LIGHT, tune, partons, rng);
    const fromW = partons.count;
    radiateFromTop(decay, tune, partons, this.#radiatedW, rng);
    for (let i = 0; i < fromW; i++) boost(partons.momenta[i]!, this.#radiatedW, decay.wMass);
    for (let i = 0; i < partons.count; i++) boost(partons.momenta[i]!, this.hadronicTop, decay.mass);
    for (let i = 0; i < this.#leptonicPartons.count; i++) {
      const momentum = partons.add(this.#leptonicPartons.flavours[i]!);
      copy(momentum, this.#leptonicPartons.momenta[i]!);
      boost(momentum, this.leptonicTop, this.leptonicDecay.mass);
    }
    for (let i = 0; i < this.#initialState.count; i++) this.#addInitialState(i);
    partons.dropBeyond(DETECTOR_SLOPE);
  }

  // A jet of the initial state radiates across the beam and is then boosted along it.
  #addInitialState(emission: number): void {
    const { bottomShare, charmShare, rapiditySpread } = this.#model.tune.initialState;
    const rng = this.#rng;
    const leg = this.#leg;
    const px = this.#initialState.px[emission]!;
    const py = this.#initialState.py[emission]!;
    const pt = this.#initialState.pt[emission]!;
    const share = rng.uniform();
    leg.flavour = share < bottomShare ? BOTTOM : share < bottomShare + charmShare ? CHARM : LIGHT;
    leg.mass = leg.flavour === BOTTOM ? BOTTOM_MASS : leg.flavour === CHARM ? CHARM_MASS : 0;
    leg.colour = leg.flavour === LIGHT ? GLUON_COLOUR : QUARK_COLOUR;
    leg.energy = Math.sqrt(pt * pt + leg.mass * leg.mass);
    leg.direction[0] = px / pt;
    leg.direction[1] = py / pt;
    leg.direction[2] = 0;
    const rapidity = this.scattering.rapidity + rapiditySpread * rng.normal();
    const start = this.#partons.count;
    if (pt > SOFTEST_RADIATOR) radiate(leg, this.#model.tune.jetRadiation, this.#partons, rng);
    else setAlong(this.#partons.add(leg.flavour), leg.mass, pt, leg.direction);
    const growth = Math.exp(rapidity);
    const cosh = (growth + 1 / growth) / 2;
    const sinh = (growth - 1 / growth) / 2;
    for (let i = start; i < this.#partons.count; i++) {
      const momentum = this.#partons.momenta[i]!;
      const energy = momentum[0]!;
      momentum[0] = energy * cosh + momentum[3]! * sinh;
      momentum[3] = momentum[3]! * cosh + energy * sinh;
    }
    if (leg.flavour !== LIGHT) this.#heavy.add(leg.flavour, rapidity, Math.atan2(py, px));
  }

  #addHeavy(flavour: number, momentum: FourVector): void {
    this.#heavy.add(flavour, pseudorapidity(momentum), azimuth(momentum));
  }

  // Semileptonic decays of b hadrons; the missing momentum follows as the jets lose it.
  #loseNeutrinos(): void {
    const { firstShare, firstFraction, secondShare, secondFraction } = this.#model.tune.bottomLoss;
    const rng = this.#rng;
    for (let i = 0; i < this.#partons.count; i++) {
      const momentum = this.#partons.momenta[i]!;
      if (this.#partons.flavours[i] !== BOTTOM || transverseMomentum(momentum) < SOFTEST_SEMILEPTONIC) continue;
      let loss = 0;
      if (rng.uniform() < firstShare) loss += 0.02 + firstFraction * rng.uniform() * rng.uniform();
      if (rng.uniform() < secondShare) loss += secondFraction * rng.uniform() * rng.uniform();
      const kept = 1 - Math.min(loss, LARGEST_LOSS);
      for (let k = 0; k < 4; k++) momentum[k] = momentum[k]! * kept;
    }
  }

  #measureMissing(): void {
    const { lepton, jets } = this;
    const spread = this.#model.tune.softMomentum;
    this.missingX = -lepton.pt * Math.cos(lepton.phi) - jets.px + spread * this.#rng.normal();
    this.missingY = -lepton.pt * Math.sin(lepton.phi) - jets.py + spread * this.#rng.normal();
  }
}

function decayProducts() {
  return { b: fourVector(), w: fourVector(), up: fourVector(), down: fourVector() };
}

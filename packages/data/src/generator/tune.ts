import type { RadiationStrength } from './final-state-radiation.js';

/** Every number of the generator that was fitted rather than known. Momenta and energies in GeV. */
export interface Tune {
  /** d ln f / d(ln Q) of a parton density changes by minus this per unit of ln x ... */
  readonly evolutionSlope: number;
  /** ... and is 0 at this ln x. */
  readonly evolutionPivot: number;
  readonly initialState: {
    /** Factors on the pT of emissions from two gluons and from quarks, for a pair of 500 GeV. */
    readonly gluonScale: number;
    readonly quarkScale: number;
    /** Power of the pair's mass with which that pT grows. */
    readonly scaleGrowth: number;
    /** pT is divided by 1 + pT / this. */
    readonly hardTail: number;
    /** Spread of the rapidity of emissions about that of the pair. */
    readonly rapiditySpread: number;
    /** Spread of each component of the momentum that the pair has beside the recoil. */
    readonly primordialMomentum: number;
    /** How often an emission is a b or a c quark. */
    readonly bottomShare: number;
    readonly charmShare: number;
  };
  /** Radiation in t -> b W off the b. */
  readonly bottomRadiation: RadiationStrength;
  /** Radiation in W -> q q'. */
  readonly lightRadiation: RadiationStrength;
  /** Radiation off the partons of the initial state's emissions. */
  readonly jetRadiation: RadiationStrength;
  readonly lepton: {
    /** Efficiencies beside those of the detector card: overlaps with jets, and isolation that this generator has not. */
    readonly electronEfficiency: number;
    readonly muonEfficiency: number;
    /** Chance to lose momentum to photons, and the mean fraction lost. */
    readonly photonShare: number;
    readonly photonLoss: number;
    /** Mean and spread of the pT of the underlying event in the isolation cone; at least 0. */
    readonly pedestal: number;
    readonly pedestalSpread: number;
  };
  /** Momentum that b hadrons lose to neutrinos of the first and second semileptonic decay. */
  readonly bottomLoss: {
    readonly firstShare: number;
    readonly firstFraction: number;
    readonly secondShare: number;
    readonly secondFraction: number;
  };
  readonly jet: {
    /** Mean raw pT is scale * pT + offset: energy out of the cone, and what the underlying event adds. */
    readonly scale: number;
    readonly offset: number;
    /** Spread of raw pT: sqrt(noise^2 + stochastic^2 pT + (constant pT)^2). */
    readonly noise: number;
    readonly stochastic: number;
    readonly constant: number;
    /** Mass from hadronisation and the underlying event: offset and fraction of pT, added in quadrature. */
    readonly massOffset: number;
    readonly massFraction: number;
    /** Spread of ln(mass). */
    readonly massSpread: number;
    /** Spread of eta and phi: sqrt((angle / pT)^2 + floor^2). */
    readonly angle: number;
    readonly angleFloor: number;
  };
  /** Spread of each component of the missing momentum from energy in no jet. */
  readonly softMomentum: number;
}

/** Fitted to the 15,000 events of the project's small Pythia sample (8.243, Monash tune, CMS card of Delphes 3.4.1). */
export const monashTune: Tune = {
  evolutionSlope: 0,
  evolutionPivot: -3,
  initialState: {
    gluonScale: 1.163,
    quarkScale: 0.56,
    scaleGrowth: 0.45,
    hardTail: 1e9,
    rapiditySpread: 2.06,
    primordialMomentum: 7.3,
    bottomShare: 0.0035,
    charmShare: 0.075,
  },
  bottomRadiation: { widestAngle: 1.37, rate: 1.05 },
  lightRadiation: { widestAngle: 2.25, rate: 1.4 },
  jetRadiation: { widestAngle: 1.1, rate: 1.4 },
  lepton: {
    electronEfficiency: 0.88,
    muonEfficiency: 0.97,
    photonShare: 0.1,
    photonLoss: 0.02,
    pedestal: 1.6,
    pedestalSpread: 1.6,
  },
  bottomLoss: { firstShare: 0.24, firstFraction: 0.55, secondShare: 0.2, secondFraction: 0.2 },
  jet: {
    scale: 0.985,
    offset: 0.356,
    noise: 3.13,
    stochastic: 0.42,
    constant: 0.08,
    massOffset: 2.2,
    massFraction: 0.07,
    massSpread: 0.25,
    angle: 1.1,
    angleFloor: 0.003,
  },
  softMomentum: 7.4,
};

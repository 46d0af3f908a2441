import type { RadiationStrength } from './radiation/final-state-radiation.js';

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
    /**
     * Efficiencies beside those of the detector card: overlaps with jets, and isolation that this generator has not.
     */
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
    /**
     * Mean raw pT is (scale * pT) * (1 - exp(-pT / softLoss)) + offset: energy out of the cone, soft particles that are
     * not seen, and what the underlying event adds.
     */
    readonly scale: number;
    readonly softLoss: number;
    readonly offset: number;
    /** Spread of raw pT: sqrt(noise^2 + stochastic^2 pT + (constant pT)^2). */
    readonly noise: number;
    readonly stochastic: number;
    readonly constant: number;
    /** Share of the mass of the partons that is seen. */
    readonly massScale: number;
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

/**
 * Fitted, by least squares on quantiles and shares of about 60 observables, to the 15,000 events of one sample of
 * Pythia 8.243 (Monash tune) with the tables of the CMS card of Delphes 3.4.1. The events that tests compare with are
 * others.
 */
export const monashTune: Tune = {
  evolutionSlope: 0.126,
  evolutionPivot: -3,
  initialState: {
    gluonScale: 1.298,
    quarkScale: 0.543,
    scaleGrowth: 0.453,
    hardTail: 1520,
    rapiditySpread: 1.91,
    primordialMomentum: 7.56,
    bottomShare: 0.0042,
    charmShare: 0.08,
  },
  bottomRadiation: { widestAngle: 1.452, rate: 1.039 },
  lightRadiation: { widestAngle: 1.811, rate: 1.41 },
  jetRadiation: { widestAngle: 0.648, rate: 1.377 },
  lepton: {
    electronEfficiency: 0.864,
    muonEfficiency: 0.97,
    photonShare: 0.099,
    photonLoss: 0.0622,
    pedestal: 1.6,
    pedestalSpread: 1.6,
  },
  bottomLoss: { firstShare: 0.302, firstFraction: 0.611, secondShare: 0.2, secondFraction: 0.323 },
  jet: {
    scale: 1.0128,
    softLoss: 5.57,
    offset: -0.622,
    noise: 2.642,
    stochastic: 0.4788,
    constant: 0.0723,
    massScale: 0.873,
    massOffset: 2.465,
    massFraction: 0.0595,
    massSpread: 0.199,
    angle: 1.065,
    angleFloor: 0.0008,
  },
  softMomentum: 6.87,
};

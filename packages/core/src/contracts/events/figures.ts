/**
 * What tables and figures compare of each particle, in the paper's order (Tables 7 to 10). GeV, and radians for phi.
 */
export const KINEMATIC_QUANTITIES = ['mass', 'pt', 'eta', 'phi', 'energy', 'px', 'py', 'pz'] as const;
/** The name of one of the `KINEMATIC_QUANTITIES`. */
export type KinematicQuantity = (typeof KINEMATIC_QUANTITIES)[number];

/** One quantity of one particle, e.g. the pT of the `hadronic_top`. */
export interface ParticleQuantity {
  /** Name of a particle of the topology. */
  readonly particle: string;
  readonly quantity: KinematicQuantity;
}

/**
 * The figures that matter most for a topology. Each list may be absent: then it is derived from the particles, as the
 * function that draws it says.
 */
export interface TopologyFigures {
  /** Distributions that a report shows first, in this order. */
  readonly distributions?: readonly ParticleQuantity[];
  /** Joint distributions of a report. */
  readonly correlations?: readonly (readonly [x: ParticleQuantity, y: ParticleQuantity])[];
  /** What `unfold posterior` shows of one event. */
  readonly posterior?: readonly ParticleQuantity[];
  /**
   * Names of histograms that `unfold inspect` draws, e.g. `hadronic_top.mass`, `objects.pt`, `objects.multiplicity`.
   */
  readonly terminal?: readonly string[];
}

/**
 * A neutrino that is the decay product of a W boson with a charged lepton: the W boson's mass and the missing
 * transverse momentum then leave two solutions for its momentum along the beam.
 */
export interface NeutrinoOfW {
  /** Name of the neutrino among the particles. */
  readonly particle: string;
  /** Name of the detector input that holds the lepton, with features energy, px, py and pz. */
  readonly lepton: string;
  /** Name of the detector input that is the missing transverse momentum, with features px and py. */
  readonly missing: string;
}

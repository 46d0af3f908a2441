import { COLLISION_ENERGY, TOP } from '../particles.js';
import type { Tune } from '../tune.js';
import {
  ANTI_DOWN,
  ANTI_UP,
  BOTTOM_SEA,
  CHARM_SEA,
  DENSITIES,
  DOWN,
  GLUON,
  PartonDensities,
  STRANGE,
  UP,
} from './parton-densities.js';

/** One point of the phase space of two partons to a top pair. */
export interface HardScattering {
  /** Masses in GeV of the two tops. */
  firstMass: number;
  secondMass: number;
  /** ln(x1 x2), x1 x2 being the pair's squared mass over that of the protons. */
  logTau: number;
  /** Rapidity of the pair. */
  rapidity: number;
  /** Cosine of the angle between the first top and the beam in the pair's rest frame. */
  cosTheta: number;
  /** Whether the partons were two gluons rather than a quark and its antiquark. */
  gluonFusion: boolean;
}

/** Smallest x1 x2 that makes two tops of these masses. */
export function thresholdTau(firstMass: number, secondMass: number): number {
  return ((firstMass + secondMass) / COLLISION_ENERGY) ** 2;
}

/** alpha_s(mZ) and mZ / GeV of NNPDF2.3 LO; 0.61 is (33 - 2 * 5) / (12 pi), five flavours at one loop. */
const STRONG_COUPLING_AT_MZ = 0.13;
const LOG_Z_MASS = Math.log(91.19);
const ONE_LOOP = 0.61;

/** Running strong coupling at a scale whose ln(scale / GeV) is given, one loop. */
export function strongCoupling(logScale: number): number {
  return STRONG_COUPLING_AT_MZ / (1 + STRONG_COUPLING_AT_MZ * ONE_LOOP * 2 * (logScale - LOG_Z_MASS));
}

/** ln of the scale in GeV of the parton densities. */
const LOG_DENSITY_SCALE = Math.log(200);

/** Cross sections of gg -> ttbar and q qbar -> ttbar at leading order, folded with the parton densities. */
export class HardProcess {
  readonly #densities = new PartonDensities();
  readonly #first = new Float64Array(DENSITIES);
  readonly #second = new Float64Array(DENSITIES);
  readonly #tune: Tune;

  constructor(tune: Tune) {
    this.#tune = tune;
  }

  /** The share of gluon fusion at the point that `crossSection` saw last. */
  gluonShare = 0;

  /**
   * d(sigma) / d(ln tau) d(rapidity) d(cos theta) in arbitrary units, times the running-width factors of the tops
   * (their Breit-Wigners of fixed width are not in it). 0 outside the phase space.
   */
  crossSection(at: HardScattering): number {
    const { firstMass, secondMass, cosTheta } = at;
    if (Math.abs(at.rapidity) >= -at.logTau / 2) return 0;
    const squaredEnergy = Math.exp(at.logTau) * COLLISION_ENERGY * COLLISION_ENERGY;
    const massProduct = firstMass * secondMass;
    const free = squaredEnergy - firstMass * firstMass - secondMass * secondMass;
    const velocity = Math.sqrt(Math.max(0, free * free - 4 * massProduct * massProduct)) / squaredEnergy;
    const matrix = matrixElements(velocity * cosTheta, (4 * massProduct) / squaredEnergy);
    this.#densities.at(at.logTau / 2 + at.rapidity, this.#first);
    this.#densities.at(at.logTau / 2 - at.rapidity, this.#second);
    const gluons = matrix.gluons * this.#first[GLUON]! * this.#second[GLUON]!;
    const quarks = matrix.quarks * quarkLuminosity(this.#first, this.#second);
    this.gluonShare = gluons / (gluons + quarks);
    const squaredTransverse = (squaredEnergy / 4) * velocity * velocity * (1 - cosTheta * cosTheta);
    const logScale = Math.log(massProduct + squaredTransverse) / 2;
    const coupling = strongCoupling(logScale);
    const widths = TOP.runningWidthFactor(firstMass) * TOP.runningWidthFactor(secondMass);
    return (
      ((coupling * coupling * (gluons + quarks) * velocity) / squaredEnergy) * widths * this.#evolution(logScale, at)
    );
  }

  // Stands in for the evolution of the densities: at large x they fall as the scale grows.
  #evolution(logScale: number, { logTau }: HardScattering): number {
    const above = logTau / 2 - this.#tune.evolutionPivot;
    return Math.exp(-this.#tune.evolutionSlope * above * (logScale - LOG_DENSITY_SCALE));
  }
}

/**
 * Squared matrix elements up to a common factor, for the velocity times cos(theta) and rho = 4 m1 m2 / s
 * (Combridge 1979; in the form of Nason, Dawson and Ellis 1988).
 */
function matrixElements(velocityCosine: number, rho: number): { gluons: number; quarks: number } {
  const tau1 = (1 - velocityCosine) / 2;
  const tau2 = (1 + velocityCosine) / 2;
  const squares = tau1 * tau1 + tau2 * tau2;
  return {
    gluons: (1 / (6 * tau1 * tau2) - 3 / 8) * (squares + rho - (rho * rho) / (4 * tau1 * tau2)),
    quarks: (4 / 9) * (squares + rho / 2),
  };
}

// The matrix element is even in cos theta, so a quark from either proton counts alike.
function quarkLuminosity(a: Float64Array, b: Float64Array): number {
  const up = a[UP]! * b[ANTI_UP]! + a[ANTI_UP]! * b[UP]!;
  const down = a[DOWN]! * b[ANTI_DOWN]! + a[ANTI_DOWN]! * b[DOWN]!;
  const sea = a[STRANGE]! * b[STRANGE]! + a[CHARM_SEA]! * b[CHARM_SEA]! + a[BOTTOM_SEA]! * b[BOTTOM_SEA]!;
  return up + down + 2 * sea;
}

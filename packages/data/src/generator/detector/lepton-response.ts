import type { Rng } from '@unfold-zoo/core';
import { azimuth, type FourVector, pseudorapidity, squaredDeltaR, transverseMomentum } from '../four-vector.js';
import type { PartonList } from '../parton-list.js';
import type { Tune } from '../tune.js';

/** The selection's lower edge of pT in GeV and upper edge of |eta|; muons are seen up to 2.4. */
export const LEPTON_PT = 25;
export const LEPTON_ETA = 2.5;
const MUON_ETA = 2.4;

// Tables of the CMS card of Delphes 3.4.1. Regions of |eta|: up to 0.5, 1.5 and 2.5.
/** Track resolution: sigma(pT) / pT = sqrt(a^2 + (b pT)^2). */
const ELECTRON_TRACK = { a: [0.03, 0.05, 0.15], b: [1.3e-3, 1.7e-3, 3.1e-3] } as const;
const MUON_TRACK = { a: [0.01, 0.015, 0.025], b: [1.0e-4, 1.5e-4, 3.5e-4] } as const;

/** No more than half of the momentum goes to photons. */
const LARGEST_PHOTON_LOSS = 0.5;

/** sinh(2.5), the largest pz / pT that is accepted. */
const STEEPEST = Math.sinh(LEPTON_ETA);

const CONE = 0.5;
const COSINE_OF_CONE = Math.cos(CONE);
/** Largest isolation sum over the lepton's pT. */
const ELECTRON_ISOLATION = 0.12;
const MUON_ISOLATION = 0.25;

/** A lepton as the detector sees it: GeV and radians. */
export interface ObservedLepton {
  pt: number;
  eta: number;
  phi: number;
}

/** Measures a lepton of momentum `truth`. False if it is lost or fails the selection. */
export function observeLepton(
  truth: FourVector,
  isElectron: boolean,
  tune: Tune['lepton'],
  out: ObservedLepton,
  rng: Rng,
): boolean {
  const pt = transverseMomentum(truth);
  if (Math.abs(truth[3]!) > STEEPEST * pt) return false;
  out.eta = pseudorapidity(truth);
  const extra = isElectron ? tune.electronEfficiency : tune.muonEfficiency;
  if (rng.uniform() > extra * efficiency(pt, Math.abs(out.eta), isElectron)) return false;
  const loss =
    rng.uniform() < tune.photonShare ? Math.min(LARGEST_PHOTON_LOSS, rng.exponential() * tune.photonLoss) : 0;
  const kept = pt * (1 - loss);
  const spread = isElectron ? electronResolution(kept, out.eta) : trackResolution(MUON_TRACK, kept, out.eta);
  out.pt = kept * Math.exp(spread * rng.normal() - (spread * spread) / 2);
  out.phi = azimuth(truth);
  return out.pt > LEPTON_PT;
}

/** Track times identification efficiency. */
function efficiency(pt: number, absEta: number, isElectron: boolean): number {
  const central = absEta <= 1.5;
  if (!isElectron) return absEta > MUON_ETA ? 0 : 0.95 * (central ? 0.99 : 0.98);
  const track = pt > 100 ? (central ? 0.99 : 0.9) : central ? 0.95 : 0.83;
  return track * (central ? 0.95 : 0.85);
}

function trackResolution(table: typeof ELECTRON_TRACK | typeof MUON_TRACK, pt: number, eta: number): number {
  const absEta = Math.abs(eta);
  const region = absEta <= 0.5 ? 0 : absEta <= 1.5 ? 1 : 2;
  return Math.sqrt(table.a[region] ** 2 + (table.b[region] * pt) ** 2);
}

// Track and calorimeter combined with inverse variances.
function electronResolution(pt: number, eta: number): number {
  const energy = pt * Math.cosh(eta);
  const absEta = Math.abs(eta);
  const slope = absEta <= 1.5 ? 1 + 0.64 * eta * eta : 2.16 + 5.6 * (absEta - 2) ** 2;
  const cells = Math.sqrt((0.008 * energy) ** 2 + 0.11 ** 2 * energy + 0.4 ** 2);
  const calorimeter = (slope * cells) / energy;
  const track = Math.min(1, trackResolution(ELECTRON_TRACK, pt, eta));
  return 1 / Math.sqrt(1 / (track * track) + 1 / (calorimeter * calorimeter));
}

/** Whether little enough lies around a lepton. */
export function isIsolated(
  lepton: ObservedLepton,
  isElectron: boolean,
  activity: { readonly partons: PartonList; readonly tune: Tune['lepton'] },
  rng: Rng,
): boolean {
  const { pedestal, pedestalSpread } = activity.tune;
  const allowed = lepton.pt * (isElectron ? ELECTRON_ISOLATION : MUON_ISOLATION);
  let sum = Math.max(0, pedestal + pedestalSpread * rng.normal());
  const x = Math.cos(lepton.phi) * COSINE_OF_CONE ** -1;
  const y = Math.sin(lepton.phi) * COSINE_OF_CONE ** -1;
  for (let i = 0; i < activity.partons.count && sum <= allowed; i++) {
    const momentum = activity.partons.momenta[i]!;
    const pt = transverseMomentum(momentum);
    // Most partons lie in another direction; that is told without their angles.
    if (momentum[1]! * x + momentum[2]! * y < pt) continue;
    const distance = squaredDeltaR(pseudorapidity(momentum) - lepton.eta, azimuth(momentum) - lepton.phi);
    if (distance < CONE * CONE) sum += pt;
  }
  return sum <= allowed;
}

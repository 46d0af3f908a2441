import { matchJets } from './detector/matching.js';
import type { EventSimulation } from './event-simulation.js';
import { azimuth, type FourVector, pseudorapidity } from './four-vector.js';
import { BOTTOM_MASS, ELECTRON_MASS, MUON_MASS } from './particles.js';
import {
  GLUON_FUSION,
  JET_CAPACITY,
  PARTICLES,
  QUARK_ANNIHILATION,
  TARGETS,
  type TtbarEvents,
} from './ttbar-events.js';

const QUARKS = 4;

/** Writes simulated events into columns. */
export class EventRecorder {
  readonly #events: TtbarEvents;
  readonly #quarks = { count: QUARKS, eta: new Float64Array(QUARKS), phi: new Float64Array(QUARKS) };
  readonly #matches = new Int32Array(QUARKS);

  constructor(events: TtbarEvents) {
    this.#events = events;
  }

  /** Writes event `i`. `charge` is that of the lepton. */
  write(i: number, event: EventSimulation, charge: number): void {
    this.#writePartons(i, event);
    this.#writeIdentities(i, event, charge);
    this.#writeJets(i, event);
    this.#writeLepton(i, event, charge);
    this.#events.groups.met.met[i] = Math.hypot(event.missingX, event.missingY);
    this.#events.groups.met.phi[i] = Math.atan2(event.missingY, event.missingX);
    this.#writeMatches(i, event);
  }

  #writePartons(i: number, event: EventSimulation): void {
    const { leptonic, hadronic, leptonicDecay, hadronicDecay } = event;
    const rows: readonly (readonly [mass: number, momentum: FourVector])[] = [
      [BOTTOM_MASS, leptonic.b],
      [leptonicDecay.upMass, leptonic.up],
      [leptonicDecay.downMass, leptonic.down],
      [BOTTOM_MASS, hadronic.b],
      [hadronicDecay.upMass, hadronic.up],
      [hadronicDecay.downMass, hadronic.down],
      [leptonicDecay.wMass, leptonic.w],
      [hadronicDecay.wMass, hadronic.w],
      [leptonicDecay.mass, event.leptonicTop],
      [hadronicDecay.mass, event.hadronicTop],
      [event.pairMass, event.pair],
    ];
    const { momenta } = this.#events;
    for (let row = 0, at = i * PARTICLES * 5; row < PARTICLES; row++, at += 5) {
      momenta[at] = rows[row]![0];
      momenta.set(rows[row]![1], at + 1);
    }
  }

  #writeIdentities(i: number, event: EventSimulation, charge: number): void {
    const { extras } = this.#events;
    const lepton = event.isElectron ? 11 : 13;
    const [up, down] = event.charmed ? [4, 3] : [2, 1];
    const positive = [5, lepton + 1, -lepton, -5, -up, down, 24, -24, 6, -6, 0];
    extras['/partons/pdg_id'].set(
      positive.map((id) => charge * id),
      i * PARTICLES,
    );
    extras['/event/process_code'][i] = event.scattering.gluonFusion ? GLUON_FUSION : QUARK_ANNIHILATION;
  }

  #writeJets(i: number, { jets }: EventSimulation): void {
    const columns = this.#events.groups.jets;
    const kept = Math.min(jets.count, JET_CAPACITY);
    for (let j = 0, at = i * JET_CAPACITY; j < kept; j++, at++) {
      columns.mass[at] = jets.mass[j]!;
      columns.pt[at] = jets.pt[j]!;
      columns.eta[at] = jets.eta[j]!;
      columns.phi[at] = jets.phi[j]!;
      columns.btag[at] = jets.tagged[j]!;
      columns.truth_flavor[at] = jets.flavours[j]!;
    }
    columns.lengths[i] = kept;
    this.#events.extras['/event/n_jets_selected'][i] = jets.count;
  }

  #writeLepton(i: number, { lepton, isElectron }: EventSimulation, charge: number): void {
    const columns = this.#events.groups.lepton;
    columns.mass[i] = isElectron ? ELECTRON_MASS : MUON_MASS;
    columns.pt[i] = lepton.pt;
    columns.eta[i] = lepton.eta;
    columns.phi[i] = lepton.phi;
    columns.is_electron[i] = isElectron ? 1 : 0;
    columns.charge[i] = charge;
  }

  #writeMatches(i: number, { leptonic, hadronic, jets }: EventSimulation): void {
    for (const [q, quark] of [leptonic.b, hadronic.b, hadronic.up, hadronic.down].entries()) {
      this.#quarks.eta[q] = pseudorapidity(quark);
      this.#quarks.phi[q] = azimuth(quark);
    }
    const kept = { count: Math.min(jets.count, JET_CAPACITY), eta: jets.eta, phi: jets.phi };
    matchJets(this.#quarks, kept, this.#matches);
    for (const [q, target] of TARGETS.entries()) this.#events.extras[target][i] = BigInt(this.#matches[q]!);
  }
}

import { azimuth, copy, type FourVector, fourVector } from '../four-vector.js';
import { PARTON_CAPACITY, type PartonList } from '../parton-list.js';

/** Jet radius of the CMS card. */
export const JET_RADIUS = 0.5;

const BEAM = -1;

/**
 * Anti-kT clustering with momenta added (Cacciari, Salam, Soyez 2008), with each particle's nearest neighbour kept up
 * to date, which makes it of order N^2 (Cacciari and Salam 2006). All storage is allocated once.
 */
export class AntiKt {
  /** Jets found, in the order in which they were complete. */
  count = 0;
  /** [count] momenta in GeV. */
  readonly jets: FourVector[] = Array.from({ length: PARTON_CAPACITY }, fourVector);
  /** [particles] the jet that each particle went into. */
  readonly jetOf = new Int32Array(PARTON_CAPACITY);

  readonly #squaredRadius: number;
  // Pseudojets: momentum, rapidity, azimuth, 1 / pT^2, nearest neighbour and distance to it, and what merged into it.
  readonly #momenta: FourVector[] = Array.from({ length: PARTON_CAPACITY }, fourVector);
  readonly #rapidity = new Float64Array(PARTON_CAPACITY);
  readonly #azimuth = new Float64Array(PARTON_CAPACITY);
  readonly #weight = new Float64Array(PARTON_CAPACITY);
  readonly #neighbour = new Int32Array(PARTON_CAPACITY);
  readonly #distance = new Float64Array(PARTON_CAPACITY);
  // 1 / pT^2 times that distance: the smallest is what anti-kT merges next.
  readonly #scaled = new Float64Array(PARTON_CAPACITY);
  readonly #parent = new Int32Array(PARTON_CAPACITY);
  readonly #active = new Int32Array(PARTON_CAPACITY);
  readonly #jetOfPseudojet = new Int32Array(PARTON_CAPACITY);

  constructor(radius = JET_RADIUS) {
    this.#squaredRadius = radius * radius;
  }

  /** Clusters particles; their momenta must have a pT. */
  cluster(particles: PartonList): void {
    const size = particles.count;
    this.count = 0;
    for (let i = 0; i < size; i++) {
      copy(this.#momenta[i]!, particles.momenta[i]!);
      this.#parent[i] = i;
      this.#active[i] = i;
      this.#describe(i);
      this.#forget(i);
      this.#meetEarlier(i);
    }
    let next = this.#smallest(size);
    for (let left = size - 1; left >= 0; left--) next = this.#step(next, left);
    for (let i = 0; i < size; i++) this.jetOf[i] = this.#jetOfPseudojet[this.#root(i)]!;
  }

  #smallest(size: number): number {
    let best = 0;
    for (let i = 1; i < size; i++) if (this.#scaled[i]! < this.#scaled[best]!) best = i;
    return best;
  }

  // Merges or finishes the pseudojet in a slot, which leaves `left` others. Returns the slot to go on with.
  #step(slot: number, left: number): number {
    const active = this.#active;
    const gone = active[slot]!;
    const kept = this.#neighbour[gone]!;
    active[slot] = active[left]!;
    if (kept === BEAM) {
      this.#finish(gone);
      return this.#afterFinish(gone, left);
    }
    this.#merge(gone, kept);
    return this.#afterMerge(gone, kept, left);
  }

  #finish(pseudojet: number): void {
    copy(this.jets[this.count]!, this.#momenta[pseudojet]!);
    this.#jetOfPseudojet[pseudojet] = this.count++;
  }

  #afterFinish(gone: number, left: number): number {
    const active = this.#active;
    const scaled = this.#scaled;
    let best = 0;
    for (let slot = 0; slot < left; slot++) {
      const i = active[slot]!;
      if (this.#neighbour[i] === gone) this.#search(i, left);
      if (scaled[i]! < scaled[active[best]!]!) best = slot;
    }
    return best;
  }

  #merge(gone: number, kept: number): void {
    const sum = this.#momenta[kept]!;
    const added = this.#momenta[gone]!;
    for (let k = 0; k < 4; k++) sum[k] = sum[k]! + added[k]!;
    this.#parent[gone] = kept;
    this.#describe(kept);
    this.#forget(kept);
  }

  // `kept` has moved: it meets all others, and those who had it or `gone` for a neighbour look for another.
  #afterMerge(gone: number, kept: number, left: number): number {
    const active = this.#active;
    const scaled = this.#scaled;
    const distances = this.#distance;
    let best = 0;
    let slotOfKept = 0;
    for (let slot = 0; slot < left; slot++) {
      const i = active[slot]!;
      if (i === kept) {
        slotOfKept = slot;
        continue;
      }
      const neighbour = this.#neighbour[i]!;
      if (neighbour === gone || neighbour === kept) this.#search(i, left);
      const squared = this.#squaredSeparation(i, kept);
      if (squared < distances[i]!) this.#setNeighbour(i, kept, squared);
      if (squared < distances[kept]!) this.#setNeighbour(kept, i, squared);
      if (active[best] === kept || scaled[i]! < scaled[active[best]!]!) best = slot;
    }
    return scaled[kept]! < scaled[active[best]!]! ? slotOfKept : best;
  }

  #search(i: number, left: number): void {
    const active = this.#active;
    this.#forget(i);
    for (let slot = 0; slot < left; slot++) {
      const j = active[slot]!;
      if (j === i) continue;
      const squared = this.#squaredSeparation(i, j);
      if (squared < this.#distance[i]!) this.#setNeighbour(i, j, squared);
    }
  }

  // Lets `i` and all earlier ones be each other's neighbours.
  #meetEarlier(i: number): void {
    const distances = this.#distance;
    for (let j = 0; j < i; j++) {
      const squared = this.#squaredSeparation(i, j);
      if (squared < distances[i]!) this.#setNeighbour(i, j, squared);
      if (squared < distances[j]!) this.#setNeighbour(j, i, squared);
    }
  }

  #describe(i: number): void {
    const momentum = this.#momenta[i]!;
    const squared = momentum[1]! * momentum[1]! + momentum[2]! * momentum[2]!;
    this.#weight[i] = 1 / squared;
    this.#azimuth[i] = azimuth(momentum);
    this.#rapidity[i] = rapidity(momentum[0]!, momentum[3]!, squared);
  }

  #forget(i: number): void {
    this.#setNeighbour(i, BEAM, this.#squaredRadius);
  }

  #setNeighbour(i: number, neighbour: number, squared: number): void {
    this.#neighbour[i] = neighbour;
    this.#distance[i] = squared;
    this.#scaled[i] = squared * this.#weight[i]!;
  }

  #squaredSeparation(i: number, j: number): number {
    const deltaRapidity = this.#rapidity[i]! - this.#rapidity[j]!;
    const turn = Math.abs(this.#azimuth[i]! - this.#azimuth[j]!);
    const deltaAzimuth = turn > Math.PI ? 2 * Math.PI - turn : turn;
    return deltaRapidity * deltaRapidity + deltaAzimuth * deltaAzimuth;
  }

  #root(pseudojet: number): number {
    let root = pseudojet;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    return root;
  }
}

// ln((E + |pz|) / mT), which does not cancel for forward particles; mT^2 is at least pT^2.
function rapidity(energy: number, pz: number, squaredTransverse: number): number {
  const squaredMass = Math.max(0, (energy - pz) * (energy + pz) - squaredTransverse);
  const magnitude = 0.5 * Math.log((energy + Math.abs(pz)) ** 2 / (squaredTransverse + squaredMass));
  return pz < 0 ? -magnitude : magnitude;
}

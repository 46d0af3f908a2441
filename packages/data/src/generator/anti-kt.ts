import { azimuth, type FourVector, fourVector } from './four-vector.js';
import type { PartonList } from './parton-list.js';

/** Jet radius of the CMS card. */
export const JET_RADIUS = 0.5;

const CAPACITY = 160;
const BEAM = -1;

/**
 * Anti-kT clustering with momenta added (Cacciari, Salam, Soyez 2008), with each particle's nearest neighbour kept up
 * to date, which makes it of order N^2 (Cacciari and Salam 2006). All storage is allocated once.
 */
export class AntiKt {
  /** Jets found, in the order in which they were complete. */
  count = 0;
  /** [count] momenta in GeV. */
  readonly jets: FourVector[] = Array.from({ length: CAPACITY }, fourVector);
  /** [particles] the jet that each particle went into. */
  readonly jetOf = new Int32Array(CAPACITY);

  readonly #squaredRadius: number;
  // Pseudojets: momentum, rapidity, azimuth, 1 / pT^2, nearest neighbour and distance to it, and what merged into it.
  readonly #momenta: FourVector[] = Array.from({ length: CAPACITY }, fourVector);
  readonly #rapidity = new Float64Array(CAPACITY);
  readonly #azimuth = new Float64Array(CAPACITY);
  readonly #weight = new Float64Array(CAPACITY);
  readonly #neighbour = new Int32Array(CAPACITY);
  readonly #distance = new Float64Array(CAPACITY);
  readonly #parent = new Int32Array(CAPACITY);
  readonly #active = new Int32Array(CAPACITY);

  constructor(radius = JET_RADIUS) {
    this.#squaredRadius = radius * radius;
  }

  /** Clusters particles; their momenta must have a pT. */
  cluster(particles: PartonList): void {
    const size = particles.count;
    this.count = 0;
    for (let i = 0; i < size; i++) {
      this.#momenta[i]!.set(particles.momenta[i]!);
      this.#parent[i] = i;
      this.#active[i] = i;
      this.#describe(i);
    }
    for (let i = 0; i < size; i++) this.#meetEarlier(i);
    let left = size;
    while (left > 0) left = this.#step(left);
    for (let i = 0; i < size; i++) this.jetOf[i] = this.#jetOfPseudojet[this.#root(i)]!;
  }

  readonly #jetOfPseudojet = new Int32Array(CAPACITY);

  // One recombination or one finished jet. Returns how many pseudojets are left.
  #step(left: number): number {
    const active = this.#active;
    let best = 0;
    let smallest = Number.POSITIVE_INFINITY;
    for (let slot = 0; slot < left; slot++) {
      const i = active[slot]!;
      const distance = this.#distance[i]! * this.#weight[i]!;
      if (distance < smallest) {
        smallest = distance;
        best = slot;
      }
    }
    const gone = active[best]!;
    const kept = this.#neighbour[gone]!;
    active[best] = active[left - 1]!;
    if (kept === BEAM) this.#finish(gone);
    else this.#merge(gone, kept);
    this.#update(left - 1, gone, kept);
    return left - 1;
  }

  #finish(pseudojet: number): void {
    this.jets[this.count]!.set(this.#momenta[pseudojet]!);
    this.#jetOfPseudojet[pseudojet] = this.count++;
  }

  #merge(gone: number, kept: number): void {
    const sum = this.#momenta[kept]!;
    const added = this.#momenta[gone]!;
    for (let k = 0; k < 4; k++) sum[k] = sum[k]! + added[k]!;
    this.#parent[gone] = kept;
    this.#describe(kept);
  }

  // Nearest neighbours after `gone` went and, unless that is the beam, `kept` moved.
  #update(left: number, gone: number, kept: number): void {
    const active = this.#active;
    if (kept !== BEAM) this.#forget(kept);
    for (let slot = 0; slot < left; slot++) {
      const i = active[slot]!;
      if (i === kept) continue;
      const neighbour = this.#neighbour[i]!;
      if (neighbour === gone || (neighbour === kept && kept !== BEAM)) {
        this.#forget(i);
        for (let other = 0; other < left; other++) this.#consider(i, active[other]!);
      }
      if (kept !== BEAM) {
        this.#consider(i, kept);
        this.#consider(kept, i);
      }
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
    this.#neighbour[i] = BEAM;
    this.#distance[i] = this.#squaredRadius;
  }

  #meetEarlier(i: number): void {
    this.#forget(i);
    for (let j = 0; j < i; j++) {
      this.#consider(i, j);
      this.#consider(j, i);
    }
  }

  // Makes `other` the neighbour of `i` if it is nearer than the present one.
  #consider(i: number, other: number): void {
    if (i === other) return;
    const dy = this.#rapidity[i]! - this.#rapidity[other]!;
    let dphi = Math.abs(this.#azimuth[i]! - this.#azimuth[other]!);
    if (dphi > Math.PI) dphi = 2 * Math.PI - dphi;
    const squared = dy * dy + dphi * dphi;
    if (squared >= this.#distance[i]!) return;
    this.#distance[i] = squared;
    this.#neighbour[i] = other;
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

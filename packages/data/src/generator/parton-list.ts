import { copy, type FourVector, fourVector, transverseMomentum } from './four-vector.js';

/** The most partons of one event; about 17 are usual. */
export const PARTON_CAPACITY = 256;

/** Partons in preallocated storage. */
export class PartonList {
  count = 0;
  readonly momenta: readonly FourVector[] = Array.from({ length: PARTON_CAPACITY }, fourVector);
  /** LIGHT, CHARM or BOTTOM. */
  readonly flavours = new Uint8Array(PARTON_CAPACITY);

  clear(): void {
    this.count = 0;
  }

  /** Room for one more parton; the caller fills its momentum. @throws RangeError when full. */
  add(flavour: number): FourVector {
    if (this.count === PARTON_CAPACITY) throw new RangeError(`too many partons: an event holds ${PARTON_CAPACITY}`);
    this.flavours[this.count] = flavour;
    return this.momenta[this.count++]!;
  }

  /** Drops partons whose |pz| / pT exceeds `slope`. The order of the others stays. */
  dropBeyond(slope: number): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const momentum = this.momenta[i]!;
      if (Math.abs(momentum[3]!) > slope * transverseMomentum(momentum)) continue;
      copy(this.momenta[kept]!, momentum);
      this.flavours[kept++] = this.flavours[i]!;
    }
    this.count = kept;
  }

  /** Sets `out` to the sum of the momenta from `start` on. */
  sum(out: FourVector, start = 0): void {
    out.fill(0);
    for (let i = start; i < this.count; i++) {
      const momentum = this.momenta[i]!;
      out[0] = out[0]! + momentum[0]!;
      out[1] = out[1]! + momentum[1]!;
      out[2] = out[2]! + momentum[2]!;
      out[3] = out[3]! + momentum[3]!;
    }
  }
}

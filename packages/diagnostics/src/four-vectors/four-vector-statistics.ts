import type { EventSpec } from '@unfold-zoo/core';
import { partonWidth, QUANTITIES } from '@unfold-zoo/core/events';
import type { EvaluatedBlock } from '../draws/evaluated-blocks.js';
import { QuantileSketch } from '../statistics/quantile-sketch.js';
import { type DecaySum, energyOf, energyOff, momentumOff, momentumShift, squaredMomentum } from './relations.js';

/** How far off a relation of energies and momenta is: of the draws, and of the truth itself. */
export class Residuals {
  readonly draws = new QuantileSketch();
  readonly truth = new QuantileSketch();
}

/** What is known of the four-vector of one particle. */
export interface ParticleFourVector {
  /** Index in the event description. */
  readonly particle: number;
  /** Share of the draws with E < |p|, and of the truth, by weight. */
  readonly spacelike: { readonly draws: number; readonly truth: number };
  /** |E / sqrt(m^2 + |p|^2) - 1|. */
  readonly energy: Residuals;
  /** GeV: |sqrt(E^2 - |p|^2) - m|; the root of what is negative counts as negative. */
  readonly mass: Residuals;
  /** |difference of ln E of two draws| / sqrt 2: the relative width of the posterior of the energy. */
  readonly width: QuantileSketch;
}

/** What is known of the sum of the daughters of one particle. */
export interface SumOfDaughters extends DecaySum {
  /** |sum of momenta - momentum| over the daughters' summed sizes of momenta. */
  readonly momentum: Residuals;
  /** |energy / sum of energies - 1|. */
  readonly energy: Residuals;
  /** |difference of the parent's momentum in two draws| / sqrt 2, over the same as `momentum`. */
  readonly width: QuantileSketch;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Energies, momenta and masses of draws and truth, block by block: what it holds does not grow with the events. */
export class FourVectorStatistics {
  readonly #width: number;
  readonly #particles: readonly ParticleFourVector[];
  readonly #sums: readonly SumOfDaughters[];
  readonly #precision: number;
  #weight = 0;
  #squaredWeight = 0;

  /** `precision`: relative differences of energies below it are rounding. */
  constructor(spec: EventSpec, sums: readonly DecaySum[], precision: number) {
    this.#width = partonWidth(spec);
    this.#precision = precision;
    this.#particles = spec.particles.map((_, particle) => ({
      particle,
      spacelike: { draws: 0, truth: 0 },
      energy: new Residuals(),
      mass: new Residuals(),
      width: new QuantileSketch(),
    }));
    this.#sums = sums.map((sum) => {
      return { ...sum, momentum: new Residuals(), energy: new Residuals(), width: new QuantileSketch() };
    });
  }

  add(block: EvaluatedBlock): void {
    const { size, draws, truth, partons } = block;
    for (let event = 0; event < size; event++) {
      const weight = block.weights?.[event] ?? 1;
      this.#weight += weight;
      this.#squaredWeight += weight * weight;
      this.#addRow('truth', truth, event * this.#width, weight);
      for (let draw = 0; draw < draws; draw++) {
        const row = (event * draws + draw) * this.#width;
        this.#addRow('draws', partons, row, weight / draws);
        const next = (event * draws + ((draw + 1) % draws)) * this.#width;
        // Of a single draw the truth is the other one: of right posteriors it is one draw more.
        const other = draws > 1 ? { partons, row: next } : { partons: truth, row: event * this.#width };
        this.#addWidths(partons, row, other, weight / draws);
      }
    }
  }

  /** (sum of weights)^2 over the sum of their squares. */
  get effectiveEvents(): number {
    return this.#squaredWeight > 0 ? this.#weight ** 2 / this.#squaredWeight : 0;
  }

  finish(): { readonly particles: readonly ParticleFourVector[]; readonly sums: readonly SumOfDaughters[] } {
    const particles = this.#particles.map((each) => {
      const { draws, truth } = each.spacelike;
      return { ...each, spacelike: { draws: draws / this.#weight, truth: truth / this.#weight } };
    });
    return { particles, sums: this.#sums };
  }

  #addRow(of: keyof Residuals, partons: Float32Array, row: number, weight: number): void {
    for (const { particle, spacelike, energy, mass } of this.#particles) {
      const at = row + particle * QUANTITIES.length;
      const [e, m, squared] = [energyOf(partons, at), partons[at]!, squaredMomentum(partons, at)];
      const gap = e * e - squared;
      if (gap < -2 * this.#precision * squared) (spacelike as Writable<typeof spacelike>)[of] += weight;
      energy[of].add(Math.abs(e / Math.sqrt(m * m + squared) - 1), weight);
      mass[of].add(Math.abs(Math.sign(gap) * Math.sqrt(Math.abs(gap)) - m), weight);
    }
    for (const sum of this.#sums) {
      sum.momentum[of].add(momentumOff(partons, row, sum), weight);
      sum.energy[of].add(energyOff(partons, row, sum), weight);
    }
  }

  #addWidths(partons: Float32Array, row: number, other: { partons: Float32Array; row: number }, weight: number): void {
    for (const { particle, width } of this.#particles) {
      const at = particle * QUANTITIES.length + QUANTITIES.indexOf('logE');
      width.add(Math.abs(partons[row + at]! - other.partons[other.row + at]!) / Math.SQRT2, weight);
    }
    for (const { parent, daughters, width } of this.#sums)
      width.add(momentumShift(partons, row, other, { parent, daughters }) / Math.SQRT2, weight);
  }
}

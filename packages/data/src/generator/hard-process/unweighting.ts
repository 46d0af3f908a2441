import type { Rng } from '@unfold-zoo/core';
import { TOP } from '../particles.js';
import { type HardProcess, type HardScattering, thresholdTau } from './hard-process.js';

/** Cells in each direction of the unit cube; the last two hold the magnitudes of rapidity and cos theta. */
const TAU_CELLS = 40;
const RAPIDITY_CELLS = 16;
const COSINE_CELLS = 8;

/** How tau / threshold follows from the first coordinate v: v^(-1 / 1.35), about the fall of the cross section. */
const TAU_POWER = 1.35;

/** What happened while drawing. */
export interface DrawCounters {
  /** Points tried. */
  tried: number;
  /** Points whose weight exceeded the bound of their cell. */
  overweights: number;
}

/** A cell's bound is this times the largest weight seen on a lattice of half its width. */
const SAFETY = 1.04;

/**
 * Draws hard scatterings with unit weight.
 *
 * The unit cube of (tau, |rapidity|, |cos theta|) is cut into cells, each with a bound on the weight. A draw takes a
 * cell in proportion to its bound, a point in it, two top masses, and keeps it with probability weight / bound.
 * Should a weight exceed its bound, the point is used more than once, weight / bound times in the mean, so the
 * distribution is exact whatever the bounds are. Building takes no random numbers and drawing leaves no trace, so one
 * sampler may serve many generators.
 */
export class HardScatteringSampler {
  readonly #process: HardProcess;
  readonly #bounds: Float64Array;
  readonly #cells: AliasTable;

  constructor(process: HardProcess) {
    this.#process = process;
    this.#bounds = cellBounds(process);
    this.#cells = new AliasTable(this.#bounds);
  }

  /** Fills `out` with the next scattering; returns how many events it stands for, nearly always 1. */
  draw(out: HardScattering, rng: Rng, counters: DrawCounters): number {
    for (;;) {
      counters.tried++;
      const cell = this.#cells.draw(rng);
      out.firstMass = TOP.draw(rng);
      out.secondMass = TOP.draw(rng);
      const cosine = cell % COSINE_CELLS;
      const rapidity = ((cell - cosine) / COSINE_CELLS) % RAPIDITY_CELLS;
      const tau = Math.floor(cell / (COSINE_CELLS * RAPIDITY_CELLS));
      const volume = place(
        out,
        (tau + rng.uniform()) / TAU_CELLS,
        (rapidity + rng.uniform()) / RAPIDITY_CELLS,
        (cosine + rng.uniform()) / COSINE_CELLS,
      );
      const ratio = (this.#process.crossSection(out) * volume) / this.#bounds[cell]!;
      if (ratio > 1) counters.overweights++;
      const copies = Math.floor(ratio + rng.uniform());
      if (copies === 0) continue;
      const signs = rng.bits();
      if (signs & 1) out.rapidity = -out.rapidity;
      if (signs & 2) out.cosTheta = -out.cosTheta;
      out.gluonFusion = rng.uniform() < this.#process.gluonShare;
      return copies;
    }
  }
}

/**
 * Takes a point of the unit cube to a scattering of the masses in `out`. Returns the volume of d(ln tau) d(rapidity)
 * d(cos theta) that a unit of the cube stands for, up to a constant.
 */
function place(out: HardScattering, v: number, rapidity: number, cosTheta: number): number {
  out.logTau = Math.log(thresholdTau(out.firstMass, out.secondMass)) - Math.log(v) / TAU_POWER;
  const highest = -out.logTau / 2;
  out.rapidity = rapidity * highest;
  out.cosTheta = cosTheta;
  return highest > 0 ? highest / v : 0;
}

function cellBounds(process: HardProcess): Float64Array {
  const lattice = weightLattice(process);
  const bounds = new Float64Array(TAU_CELLS * RAPIDITY_CELLS * COSINE_CELLS);
  const across = 2 * COSINE_CELLS + 1;
  const layer = across * (2 * RAPIDITY_CELLS + 1);
  let cell = 0;
  for (let i = 0; i < TAU_CELLS; i++) {
    for (let j = 0; j < RAPIDITY_CELLS; j++) {
      for (let k = 0; k < COSINE_CELLS; k++) {
        let highest = 0;
        for (let corner = 0; corner < 27; corner++) {
          const [a, b, c] = [Math.floor(corner / 9), Math.floor(corner / 3) % 3, corner % 3];
          highest = Math.max(highest, lattice[(2 * i + a) * layer + (2 * j + b) * across + 2 * k + c]!);
        }
        bounds[cell++] = SAFETY * highest;
      }
    }
  }
  return bounds;
}

/** The largest weight over a few pairs of top masses, at the corners, edges and middles of the cells. */
function weightLattice(process: HardProcess): Float64Array {
  const counts = [2 * TAU_CELLS, 2 * RAPIDITY_CELLS, 2 * COSINE_CELLS] as const;
  const weights = new Float64Array((counts[0] + 1) * (counts[1] + 1) * (counts[2] + 1));
  const point = { firstMass: 0, secondMass: 0, logTau: 0, rapidity: 0, cosTheta: 0, gluonFusion: false };
  for (const mass of [TOP.lowest, TOP.mass, TOP.highest]) {
    point.firstMass = mass;
    point.secondMass = mass;
    let at = 0;
    for (let i = 0; i <= counts[0]; i++) {
      for (let j = 0; j <= counts[1]; j++) {
        for (let k = 0; k <= counts[2]; k++, at++) {
          const volume = place(point, Math.max(i, 0.05) / counts[0], j / counts[1], k / counts[2]);
          weights[at] = Math.max(weights[at]!, process.crossSection(point) * volume);
        }
      }
    }
  }
  return weights;
}

/** Draws indices in proportion to weights with one comparison (Walker 1977, Vose 1991). */
export class AliasTable {
  readonly #threshold: Float64Array;
  readonly #alias: Int32Array;

  /** Weights are at least 0 and not all 0. */
  constructor(weights: Float64Array) {
    const size = weights.length;
    const scale = size / weights.reduce((sum, weight) => sum + weight, 0);
    this.#threshold = weights.map((weight) => weight * scale);
    this.#alias = Int32Array.from(weights, (_, index) => index);
    const small: number[] = [];
    const large: number[] = [];
    this.#threshold.forEach((share, index) => {
      (share < 1 ? small : large).push(index);
    });
    while (small.length > 0 && large.length > 0) {
      const poor = small.pop()!;
      const rich = large.at(-1)!;
      this.#alias[poor] = rich;
      this.#threshold[rich]! -= 1 - this.#threshold[poor]!;
      if (this.#threshold[rich]! < 1) small.push(large.pop()!);
    }
    // Rounding leaves a few shares at 1 give or take an ulp.
    for (const index of [...small, ...large]) this.#threshold[index] = 1;
  }

  draw(rng: Rng): number {
    const index = Math.floor(rng.uniform() * this.#threshold.length);
    return rng.uniform() < this.#threshold[index]! ? index : this.#alias[index]!;
  }
}

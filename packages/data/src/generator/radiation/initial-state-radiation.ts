import type { Rng } from '@unfold-zoo/core';
import { drawAzimuth } from '../four-vector.js';
import type { HardScattering } from '../hard-process/hard-process.js';
import type { Tune } from '../tune.js';

/** Emissions below this pT in GeV are left to the primordial kT. */
const LOWEST_PT = 4;

// The mean number N of emissions above a pT, read off the hardest initial-state jet of 40,000 events of Pythia 8.243
// before selection: N = -ln P(no jet above pT). sqrt(N) is nearly linear in ln pT.
const PT = [700, 317, 178.2, 129.3, 73.92, 38.47, 25, 19.18, 14, 9, 6, LOWEST_PT];
const ROOT_N = [0.02, 0.1003, 0.2265, 0.3246, 0.5364, 0.8325, 1.042, 1.177, 1.33, 1.56, 1.8, 2.05];

const TABLE_STEPS = 1024;
const ROOT_N_END = ROOT_N.at(-1)!;

// pT on a regular grid of sqrt(N).
const ptTable = Float64Array.from({ length: TABLE_STEPS + 2 }, (_, i) => interpolatePt((i / TABLE_STEPS) * ROOT_N_END));

function interpolatePt(rootN: number): number {
  if (rootN <= ROOT_N[0]!) return PT[0]!;
  const above = ROOT_N.findIndex((edge) => edge >= rootN);
  if (above < 0) return LOWEST_PT;
  const fraction = (rootN - ROOT_N[above - 1]!) / (ROOT_N[above]! - ROOT_N[above - 1]!);
  return PT[above - 1]! * (PT[above]! / PT[above - 1]!) ** fraction;
}

/** pT in GeV above which a mean number N of emissions lie, given sqrt(N). */
export function ptAbove(rootN: number): number {
  const place = Math.min(rootN, ROOT_N_END) * (TABLE_STEPS / ROOT_N_END);
  const step = Math.floor(place);
  return ptTable[step]! + (place - step) * (ptTable[step + 1]! - ptTable[step]!);
}

const CAPACITY = 64;
const circle = new Float64Array(2);

/** The gluons and quarks that the incoming partons radiate, hardest first. */
export class InitialStateRadiation {
  count = 0;
  /** [count] momenta across the beam in GeV: magnitude and components. */
  readonly pt = new Float64Array(CAPACITY);
  readonly px = new Float64Array(CAPACITY);
  readonly py = new Float64Array(CAPACITY);
  readonly #tune: Tune;

  constructor(tune: Tune) {
    this.#tune = tune;
  }

  /** A Poisson process in falling pT, harder for gluons and for heavier pairs. */
  emit(scattering: HardScattering, pairMass: number, rng: Rng): void {
    const { gluonScale, quarkScale, scaleGrowth, hardTail } = this.#tune.initialState;
    const scale = (pairMass / 500) ** scaleGrowth * (scattering.gluonFusion ? gluonScale : quarkScale);
    this.count = 0;
    for (let n = rng.exponential(); this.count < CAPACITY; n += rng.exponential()) {
      const rootN = Math.sqrt(n);
      if (rootN >= ROOT_N_END) return;
      const tabulated = ptAbove(rootN);
      const pt = (scale * tabulated) / (1 + tabulated / hardTail);
      drawAzimuth(circle, rng);
      this.pt[this.count] = pt;
      this.px[this.count] = pt * circle[0]!;
      this.py[this.count] = pt * circle[1]!;
      this.count++;
    }
  }
}

import { logGamma } from '../statistics/chi-squared.js';
import { normalCdf, normalQuantile } from '../statistics/normal.js';

/** Where the truth lies in a posterior, in the posterior's standard deviations from its mean: mean and deviation. */
export interface StandardisedTruth {
  readonly mean: number;
  readonly deviation: number;
}

/** Mean and variance of the normal scores of ranks. */
export interface ScoreMoments {
  readonly mean: number;
  readonly variance: number;
}

const [GRID_END, GRID_STEP] = [8, 0.02];
const GRID = Float64Array.from(
  { length: Math.round((2 * GRID_END) / GRID_STEP) + 1 },
  (_, k) => -GRID_END + k * GRID_STEP,
);
/** Narrower than this the grid does not resolve, and wider the draws do not. */
const DEVIATIONS = { least: 0.03, most: 6 } as const;
const ROUNDS = 60;

/**
 * What a normal posterior whose mean or width is off does to ranks among a finite number of draws. Draws blur the place
 * of the truth, by much where the posterior is far too wide; here that is undone.
 */
export class RankMoments {
  /** First and second moment of the score of the rank of a truth at each point of the grid. */
  readonly #first = new Float64Array(GRID.length);
  readonly #second = new Float64Array(GRID.length);

  constructor(readonly draws: number) {
    const cells = Array.from({ length: draws + 1 }, (_, rank) => cellMoments(rank, draws));
    const logChoose = cells.map((_, rank) => logGamma(draws + 1) - logGamma(rank + 1) - logGamma(draws - rank + 1));
    for (const [k, x] of GRID.entries()) {
      const [below, above] = [normalCdf(x), normalCdf(-x)].map((p) => Math.log(Math.max(p, 1e-300)));
      for (const [rank, { first, second }] of cells.entries()) {
        const chance = Math.exp(logChoose[rank]! + rank * below! + (draws - rank) * above!);
        this.#first[k]! += chance * first;
        this.#second[k]! += chance * second;
      }
    }
  }

  /** What normal scores of ranks are expected to be. */
  expected({ mean, deviation }: StandardisedTruth): ScoreMoments {
    let [total, first, second] = [0, 0, 0];
    for (const [k, x] of GRID.entries()) {
      const weight = Math.exp(-0.5 * ((x - mean) / deviation) ** 2);
      total += weight;
      first += weight * this.#first[k]!;
      second += weight * this.#second[k]!;
    }
    return { mean: first / total, variance: second / total - (first / total) ** 2 };
  }

  /** The mean and deviation that give the moments found, as near as draws can tell. */
  solve(found: ScoreMoments): StandardisedTruth {
    let solution = { mean: found.mean, deviation: bounded(Math.sqrt(found.variance)) };
    for (let round = 0; round < ROUNDS; round++) {
      const expected = this.expected(solution);
      const ratio = Math.sqrt(found.variance / Math.max(expected.variance, 1e-12));
      solution = {
        mean: Math.min(Math.max(solution.mean + found.mean - expected.mean, -GRID_END), GRID_END),
        deviation: bounded(solution.deviation * Math.min(Math.max(ratio, 0.5), 2)),
      };
    }
    return solution;
  }
}

function bounded(deviation: number): number {
  return Math.min(Math.max(deviation, DEVIATIONS.least), DEVIATIONS.most);
}

/** Moments of the standard normal score of a uniform number in the cell of a rank. */
function cellMoments(rank: number, draws: number): { first: number; second: number } {
  const width = 1 / (draws + 1);
  const [low, high] = [rank * width, (rank + 1) * width];
  const end = (p: number): { density: number; weighted: number } => {
    if (p <= 0 || p >= 1) return { density: 0, weighted: 0 };
    const z = normalQuantile(p);
    const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
    return { density, weighted: z * density };
  };
  const [a, b] = [end(low), end(high)];
  return { first: (a.density - b.density) / width, second: 1 + (a.weighted - b.weighted) / width };
}

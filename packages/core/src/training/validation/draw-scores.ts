/** What draws for validation events are judged by: for each, less is better. */
export interface DrawScores {
  /**
   * Mean over events of E|x - X| - E|X - X'| / 2 for the truth x and draws X, X' (Gneiting and Raftery 2007), in
   * columns divided by their standard deviation. A proper score of the posterior: on average none is lower than that of
   * the exact one.
   */
  readonly energyScore: number;
  /**
   * Mean over columns of the Kolmogorov-Smirnov distance between the rank of the truth among its draws and a uniform
   * distribution: 0.87 / sqrt(events) by chance.
   */
  readonly calibrationError: number;
  /** Mean over columns of the Wasserstein distance between all draws and the truth, in standard deviations. */
  readonly distance: number;
}

/** Their names in the log, and in `training.validationDraws.bestBy`. */
export const DRAW_SCORES = ['energyScore', 'calibrationError', 'distance'] as const satisfies (keyof DrawScores)[];

/** Half of the range of the histograms that the distance is measured with, in standard deviations. */
const RANGE = 8;
const BINS = 2048;

/** Mean and standard deviation of the columns that vary. */
export interface ColumnSpread {
  /** Index of each of them in a row. */
  readonly columns: readonly number[];
  readonly mean: Float64Array;
  readonly standardDeviation: Float64Array;
}

/** The spread of the columns of rows [n, width]; a column whose spread is lost in float32 does not vary. */
export function spreadOf(rows: Float32Array, width: number): ColumnSpread {
  const count = rows.length / width;
  const mean = new Float64Array(width);
  const square = new Float64Array(width);
  for (let i = 0; i < rows.length; i++) mean[i % width]! += rows[i]! / count;
  for (let i = 0; i < rows.length; i++) square[i % width]! += (rows[i]! - mean[i % width]!) ** 2 / count;
  const standardDeviation = square.map(Math.sqrt);
  const varies = (column: number): boolean => standardDeviation[column]! > 1e-5 * Math.abs(mean[column]!);
  return { columns: [...mean.keys()].filter(varies), mean, standardDeviation };
}

/** Adds up what the scores are made of. Sums of several workers may be added before the scores are asked for. */
export class DrawScoreSums {
  readonly #spread: ColumnSpread;
  readonly #draws: number;
  /**
   * Σ w and Σ w times the energy score; then, by column, the ranks [draws + 1], and the bins of truth and of draws,
   * [BINS] each.
   */
  readonly sums: Float64Array;

  constructor(spread: ColumnSpread, draws: number) {
    this.#spread = spread;
    this.#draws = draws;
    this.sums = new Float64Array(2 + spread.columns.length * this.#columnLength);
  }

  get #columnLength(): number {
    return this.#draws + 1 + 2 * BINS;
  }

  /** Adds the draws [draws, width] of an event and its truth [width]. */
  add(draws: Float64Array, truth: Float32Array, weight: number): void {
    const rows = this.#standardised(draws, draws.length / this.#draws);
    const [x] = this.#standardised(truth, truth.length);
    this.sums[0]! += weight;
    this.sums[1]! += weight * energyScore(rows, x!);
    for (const i of this.#spread.columns.keys()) this.#addColumn(i, { rows, truth: x!, weight });
  }

  #addColumn(column: number, event: { rows: readonly Float64Array[]; truth: Float64Array; weight: number }): void {
    const { rows, weight } = event;
    const truth = event.truth[column]!;
    const start = 2 + column * this.#columnLength;
    const bins = start + this.#draws + 1;
    let rank = 0;
    for (const row of rows) {
      const value = row[column]!;
      if (value < truth) rank++;
      this.sums[bins + BINS + binOf(value)]! += weight / this.#draws;
    }
    this.sums[start + rank]! += weight;
    this.sums[bins + binOf(truth)]! += weight;
  }

  #standardised(values: ArrayLike<number>, width: number): Float64Array[] {
    const { columns, mean, standardDeviation } = this.#spread;
    return Array.from({ length: values.length / width }, (_, row) =>
      Float64Array.from(
        columns,
        (column) => (values[row * width + column]! - mean[column]!) / standardDeviation[column]!,
      ),
    );
  }

  /** The scores of all that was added. */
  scores(): DrawScores {
    const [weight, energy] = this.sums;
    const ofColumns = this.#spread.columns.map((_, i) => this.#columnScores(i, weight!));
    const mean = (of: (scores: Omit<DrawScores, 'energyScore'>) => number): number =>
      ofColumns.reduce((sum, scores) => sum + of(scores), 0) / ofColumns.length;
    return {
      energyScore: energy! / weight!,
      calibrationError: mean(({ calibrationError }) => calibrationError),
      distance: mean(({ distance }) => distance),
    };
  }

  #columnScores(column: number, weight: number): Omit<DrawScores, 'energyScore'> {
    const start = 2 + column * this.#columnLength;
    const bins = start + this.#draws + 1;
    const ranks = this.sums.subarray(start, bins);
    const truth = this.sums.subarray(bins, bins + BINS);
    const draws = this.sums.subarray(bins + BINS, bins + 2 * BINS);
    const uniform = new Float64Array(ranks.length).fill(weight / ranks.length);
    const area = gaps(truth, draws).reduce((sum, gap) => sum + gap, 0);
    return {
      calibrationError: Math.max(...gaps(ranks, uniform)) / weight,
      distance: (area * ((2 * RANGE) / BINS)) / weight,
    };
  }
}

function binOf(value: number): number {
  if (Number.isNaN(value)) return BINS - 1;
  return Math.min(BINS - 1, Math.max(0, Math.floor(((value + RANGE) / (2 * RANGE)) * BINS)));
}

/** Absolute differences of the running sums of two histograms. */
function gaps(one: Float64Array, other: Float64Array): Float64Array {
  let difference = 0;
  return one.map((value, i) => {
    difference += value - other[i]!;
    return Math.abs(difference);
  });
}

/** E|x - X| - E|X - X'| / 2, the second mean over pairs of different draws. */
function energyScore(draws: readonly Float64Array[], truth: Float64Array): number {
  const count = draws.length;
  let toTruth = 0;
  let between = 0;
  for (const [i, draw] of draws.entries()) {
    toTruth += distanceOf(draw, truth) / count;
    for (const other of draws.slice(0, i)) between += (2 * distanceOf(draw, other)) / (count * (count - 1));
  }
  return toTruth - between / 2;
}

function distanceOf(one: Float64Array, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += (one[i]! - other[i]!) ** 2;
  return Math.sqrt(sum);
}

import { along, type Projection, withEnergies } from './projections.js';

/** Draws of neighbouring events, and two independent sets of exact draws for the same events. */
export interface ComparedBlock {
  /** Events. */
  readonly size: number;
  /** Draws of each, in every set. */
  readonly draws: number;
  /** Row-major [size, P], in physical units. */
  readonly truth: Float32Array;
  /** Row-major [size, draws, P]: the model's, exact ones, and other exact ones. */
  readonly model: Float32Array;
  readonly exact: Float32Array;
  readonly other: Float32Array;
  /** [size]; absent when every event counts the same. */
  readonly weights?: Float32Array;
}

/** What draws are off by in one projection, mean over events. GeV. */
export interface ProjectedDistance {
  readonly projection: Projection;
  /** Wasserstein distance of the model's draws to exact ones of the same event. */
  readonly distance: number;
  /** The same of other exact draws: what it is for a perfect model. */
  readonly floor: number;
  /** Standard error of the difference of both. */
  readonly error: number;
  /** Root mean variance of the exact posterior, and of the model's. */
  readonly exactDeviation: number;
  readonly modelDeviation: number;
  /** Standard deviation of the truth over events. */
  readonly truthDeviation: number;
}

/** Distances event by event, fed block by block. */
export class EventDistances {
  readonly #sums: readonly ProjectionSums[];

  constructor(projections: readonly Projection[]) {
    this.#sums = projections.map((projection) => new ProjectionSums(projection));
  }

  add({ size, draws, weights, ...sets }: ComparedBlock): void {
    const [truth, model] = [withEnergies(sets.truth), withEnergies(sets.model)];
    const [exact, other] = [withEnergies(sets.exact), withEnergies(sets.other)];
    for (let event = 0; event < size; event++)
      for (const sums of this.#sums)
        sums.add({ truth, model, exact, other, event, draws, weight: weights?.[event] ?? 1 });
  }

  /** What was found, in the order of the projections. */
  finish(): ProjectedDistance[] {
    return this.#sums.map((sums) => sums.finish());
  }
}

interface EventRows {
  readonly truth: Float64Array;
  readonly model: Float64Array;
  readonly exact: Float64Array;
  readonly other: Float64Array;
  readonly event: number;
  readonly draws: number;
  readonly weight: number;
}

/** Weighted sums over events of one projection. */
class ProjectionSums {
  #weight = 0;
  #squaredWeight = 0;
  #distance = 0;
  #floor = 0;
  #squaredDifference = 0;
  #exactVariance = 0;
  #modelVariance = 0;
  readonly #truth: Float64Array;
  readonly #squaredTruth: Float64Array;

  constructor(readonly projection: Projection) {
    this.#truth = new Float64Array(projection.directions.length);
    this.#squaredTruth = new Float64Array(projection.directions.length);
  }

  add({ truth, model, exact, other, event, draws, weight }: EventRows): void {
    const { directions } = this.projection;
    let [distance, floor] = [0, 0];
    for (const [d, direction] of directions.entries()) {
      const sorted = (rows: Float64Array) => along(rows, direction, event * draws, draws).sort();
      const [ofModel, ofExact, ofOther] = [sorted(model), sorted(exact), sorted(other)];
      distance += meanDifference(ofModel, ofExact) / directions.length;
      floor += meanDifference(ofOther, ofExact) / directions.length;
      this.#exactVariance += (weight * variance(ofExact)) / directions.length;
      this.#modelVariance += (weight * variance(ofModel)) / directions.length;
      const place = along(truth, direction, event, 1)[0]!;
      this.#truth[d]! += weight * place;
      this.#squaredTruth[d]! += weight * place * place;
    }
    this.#weight += weight;
    this.#squaredWeight += weight * weight;
    this.#distance += weight * distance;
    this.#floor += weight * floor;
    this.#squaredDifference += weight * (distance - floor) ** 2;
  }

  finish(): ProjectedDistance {
    const total = this.#weight;
    const [distance, floor] = [this.#distance / total, this.#floor / total];
    const effective = (total * total) / this.#squaredWeight;
    const scatter = Math.max(0, this.#squaredDifference / total - (distance - floor) ** 2);
    const spread = this.#squaredTruth.reduce(
      (sum, squared, d) => sum + Math.max(0, squared / total - (this.#truth[d]! / total) ** 2),
      0,
    );
    return {
      projection: this.projection,
      distance,
      floor,
      error: Math.sqrt(scatter / effective),
      exactDeviation: Math.sqrt(this.#exactVariance / total),
      modelDeviation: Math.sqrt(this.#modelVariance / total),
      truthDeviation: Math.sqrt(spread / this.#truth.length),
    };
  }
}

/** Wasserstein distance of two sorted samples of the same size. */
function meanDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

/** Of a sample, without bias; 0 of a single number. */
function variance(values: Float64Array): number {
  if (values.length < 2) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

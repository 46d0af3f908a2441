import type { EventSpec } from '@unfold-zoo/core';
import { KINEMATIC_QUANTITIES } from '@unfold-zoo/core/events';
import { wrapped } from '@unfold-zoo/metrics';
import type { EvaluatedBlock } from '../draws/evaluated-blocks.js';
import { isAngle, type ParticleColumn, type QuantityBlock, quantityBlocks } from '../draws/quantity-blocks.js';
import { QuantileSketch } from '../statistics/quantile-sketch.js';
import type { ObjectKind, Reading } from './detector-readings.js';
import { seenParticles, trueKinematics } from './match-particles.js';
import { Migration } from './migration.js';
import { binOf, type TruthBins } from './truth-bins.js';

/** What is unfolded less the truth: of each draw, of the mean of an event's draws, and of what the detector reads. */
export class ErrorSketches {
  readonly draws = new QuantileSketch();
  readonly mean = new QuantileSketch();
  readonly detector = new QuantileSketch();
  /** As `mean`, of those events alone in which the detector sees the particle. */
  readonly meanWhereSeen = new QuantileSketch();
}

/** Errors of one quantity in each bin of its truth, and where they take events. */
export interface BinnedErrors {
  readonly bins: TruthBins;
  readonly errors: readonly ErrorSketches[];
  readonly draws: Migration;
  readonly detector: Migration;
}

/** Errors of one quantity of one particle. */
export interface QuantityErrors extends ParticleColumn, ErrorSketches {
  readonly binned?: BinnedErrors;
  /** Share of the events in which the detector sees the particle, by weight. */
  readonly seen: number;
}

interface ColumnErrors {
  readonly errors: ErrorSketches;
  readonly binned?: BinnedErrors;
}

/** Errors of every quantity of every particle, block by block: what it holds does not grow with the events. */
export class ResolutionStatistics {
  readonly #spec: EventSpec;
  readonly #kinds: readonly (ObjectKind | undefined)[];
  readonly #columns: readonly ColumnErrors[];
  readonly #seen: Float64Array;
  #weights = 0;

  /** `kinds`: what the detector sees each particle as. `bins`: for those quantities to be looked at bin by bin. */
  constructor(spec: EventSpec, kinds: readonly (ObjectKind | undefined)[], bins: readonly TruthBins[]) {
    this.#spec = spec;
    this.#kinds = kinds;
    this.#seen = new Float64Array(spec.particles.length);
    this.#columns = spec.particles.flatMap((_, particle) =>
      KINEMATIC_QUANTITIES.map((quantity) => {
        const own = bins.find((each) => each.particle === particle && each.quantity === quantity);
        return { errors: new ErrorSketches(), ...(own && { binned: binnedErrors(own) }) };
      }),
    );
  }

  add(block: EvaluatedBlock): void {
    const seen = this.#readings(block);
    for (let event = 0; event < block.size; event++) this.#weights += block.weights?.[event] ?? 1;
    let place = 0;
    for (const column of quantityBlocks(this.#spec, block)) {
      const own = this.#columns[place++]!;
      for (let event = 0; event < block.size; event++) {
        const detector = seen[column.particle]![event]?.[column.quantity];
        addEvent(own, column, { event, draws: block.draws, weight: block.weights?.[event] ?? 1, detector });
      }
    }
  }

  finish(): QuantityErrors[] {
    return this.#columns.map(({ errors, binned }, i) => {
      const particle = Math.floor(i / KINEMATIC_QUANTITIES.length);
      const quantity = KINEMATIC_QUANTITIES[i % KINEMATIC_QUANTITIES.length]!;
      return { ...errors, particle, quantity, seen: this.#seen[particle]! / this.#weights, ...(binned && { binned }) };
    });
  }

  /** For each particle and event what the detector reads, if it sees the particle. */
  #readings(block: EvaluatedBlock): (Reading | undefined)[][] {
    const truth = trueKinematics(this.#spec, block.observed);
    const seen = seenParticles(this.#spec, block.observed, this.#kinds, truth).map((found = []) => found);
    for (const [particle, found] of seen.entries())
      for (const [event, reading] of found.entries()) if (reading) this.#seen[particle]! += block.weights?.[event] ?? 1;
    return seen;
  }
}

function binnedErrors(bins: TruthBins): BinnedErrors {
  const count = bins.edges.length + 1;
  const errors = Array.from({ length: count }, () => new ErrorSketches());
  return { bins, errors, draws: new Migration(count), detector: new Migration(count) };
}

interface EventOfColumn {
  readonly event: number;
  readonly draws: number;
  readonly weight: number;
  /** What the detector reads of the quantity. */
  readonly detector: number | undefined;
}

/** Adds the errors of one event to those of all events, and to those of the bin of its truth. */
function addEvent({ errors, binned }: ColumnErrors, column: QuantityBlock, own: EventOfColumn): void {
  const { event, draws, weight, detector } = own;
  const isDirection = isAngle(column.quantity);
  const truth = column.truth[event]!;
  const errorOf = (value: number): number => (isDirection ? wrapped(value - truth) : value - truth);
  const drawn = column.draws.subarray(event * draws, (event + 1) * draws);
  const mean = errorOf(isDirection ? meanDirection(drawn) : meanOf(drawn));
  const bin = binned ? binOf(binned.bins, truth) : 0;
  for (const each of binned ? [errors, binned.errors[bin]!] : [errors]) {
    for (const value of drawn) each.draws.add(errorOf(value), weight);
    each.mean.add(mean, weight);
    if (detector === undefined) continue;
    each.detector.add(errorOf(detector), weight);
    each.meanWhereSeen.add(mean, weight);
  }
  if (!binned) return;
  for (const value of drawn) binned.draws.add(bin, binOf(binned.bins, value), weight);
  if (detector !== undefined) binned.detector.add(bin, binOf(binned.bins, detector), weight);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanDirection(angles: Float64Array): number {
  let [x, y] = [0, 0];
  for (const angle of angles) {
    x += Math.cos(angle);
    y += Math.sin(angle);
  }
  return Math.atan2(y, x);
}

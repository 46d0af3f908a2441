import { z } from 'zod';
import type { EventSource } from '../contracts/events/event-source.js';
import {
  type EventSpec,
  type HostEvents,
  type HostObjects,
  partonWidth,
  QUANTITIES,
  type Quantity,
} from '../contracts/events/event-spec.js';
import type { Representation, RepresentedColumn } from '../contracts/events/representation.js';
import { UserError } from '../errors.js';
import { PartonVector } from '../representations/parton-vector.js';
import { readEvents } from './check-host-events.js';
import { fitNormalScores, type NormalScores } from './columns/normal-scores.js';
import { RoundTrip } from './round-trip.js';
import { type ColumnScaling, type EventScaling, LOG_FLOOR, networkInputs } from './scaling.js';
import { checkTruth, truePartons } from './true-partons.js';

/** Below this a standard deviation counts as 1: the column never varies (masses of b quarks and neutrinos). */
export const CONSTANT_BELOW = 1e-6;

/** Most events that `fitScaling` looks at: a mean is then known to 0.2 % of its standard deviation. */
export const SCALING_EVENTS = 250_000;

/** Quantities with tails in both directions. */
const MOMENTUM = ['px', 'py', 'pz'] as const;

/** The `scaling` key of a config. */
export const scalingOptions = z
  .strictObject({
    normalScores: z
      .array(z.enum(QUANTITIES))
      .default([])
      .describe(
        'Quantities of every particle that are mapped to a standard normal distribution by their ranks in the ' +
          'training data, instead of standardised by mean and standard deviation (the paper), as far as the ' +
          'representation has them: a Breit-Wigner peak ' +
          'keeps its shape, and a mass that takes few values takes no others',
      ),
    asinh: z
      .array(z.enum(MOMENTUM))
      .default([])
      .describe(
        'Components of the momenta of every particle whose long tails are compressed after they are standardised, by ' +
          'asinh(number / 0.7): pz then is nearly normal, and its tails are learned sooner',
      ),
  })
  .refine(({ normalScores, asinh }) => !asinh.some((quantity) => normalScores.includes(quantity)), {
    path: ['asinh'],
    error: 'a quantity is in scaling.normalScores too; name it in one of the two',
  });

/** How `fitScaling` works. */
export interface FitScalingOptions {
  /** What the truth is described by; absent: the parton vector itself. */
  readonly representation?: Representation | undefined;
  readonly normalScores?: readonly Quantity[];
  readonly asinh?: readonly Quantity[];
  readonly maxEvents?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Fits means and standard deviations on the training split, read once, block by block, in float64.
 *
 * Means of features are over objects, not padding. Features of scaling `none` keep mean 0 and standard deviation 1.
 * Events count by the absolute value of their weight, negative ones too: a spread is then never that of a negative
 * variance, and covers all values that a network meets. The mean weight is that of the weights as they are.
 * Of a split larger than `maxEvents`, blocks spread evenly over it are taken.
 * @throws UserError for a split that is empty or without truth, for numbers that `checkHostEvents` refuses, for a truth
 * that the representation does not give back, for quantities that it has no columns of, and for weights whose mean is
 * not positive.
 */
export async function fitScaling(source: EventSource, options: FitScalingOptions = {}): Promise<EventScaling> {
  const { spec, blockSize } = source;
  const events = source.count('train');
  if (events === 0) throw new UserError('missing training events: the training split is empty');
  checkTruth(source, 'train', 'the scaling');
  const blocks = Math.ceil(events / blockSize);
  const used = Math.min(blocks, Math.ceil((options.maxEvents ?? SCALING_EVENTS) / blockSize));
  const moments = new EventMoments(spec, options);
  for (let i = 0; i < used; i++) {
    const start = Math.floor((i * blocks) / used) * blockSize;
    moments.add(await readEvents(source, 'train', start, Math.min(blockSize, events - start)));
    options.onProgress?.(i + 1, used);
  }
  return moments.scaling();
}

/** Running mean and variance of columns, weighted (Welford 1962; West 1979). */
class Moments {
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  #weight = 0;

  constructor(width: number) {
    this.#mean = new Float64Array(width);
    this.#squares = new Float64Array(width);
  }

  add(row: Float64Array, weight: number): void {
    if (weight === 0) return;
    this.#weight += weight;
    const share = weight / this.#weight;
    for (let i = 0; i < row.length; i++) {
      const deviation = row[i]! - this.#mean[i]!;
      this.#mean[i]! += share * deviation;
      this.#squares[i]! += weight * deviation * (row[i]! - this.#mean[i]!);
    }
  }

  get mean(): Float64Array {
    return this.#mean;
  }

  get standardDeviation(): Float64Array {
    return this.#squares.map((sum) => {
      const deviation = Math.sqrt(sum / this.#weight);
      return deviation >= CONSTANT_BELOW ? deviation : 1;
    });
  }
}

class EventMoments {
  readonly #spec: EventSpec;
  readonly #representation: Representation | undefined;
  readonly #roundTrip: RoundTrip | undefined;
  readonly #partons: Moments;
  readonly #energySquared: Moments;
  readonly #inputs: Readonly<Record<string, Moments>>;
  /** Values of each column that gets normal scores, and the weights of their events. */
  readonly #ranked: ReadonlyMap<number, number[]>;
  readonly #rankedWeights: number[] = [];
  readonly #asinh: ReadonlySet<number>;
  #largestLogEnergy = Number.NEGATIVE_INFINITY;
  #events = 0;
  #weights = 0;
  #weighted = false;

  constructor(spec: EventSpec, { representation, normalScores = [], asinh = [] }: FitScalingOptions) {
    this.#spec = spec;
    this.#representation = representation;
    this.#roundTrip = representation && new RoundTrip(spec, representation);
    const numbers = representation ?? new PartonVector(spec);
    this.#ranked = new Map(rankedColumns(numbers, normalScores));
    this.#asinh = new Set(asinhColumns(numbers, asinh));
    this.#partons = new Moments(representation?.columns.length ?? partonWidth(spec));
    this.#energySquared = new Moments(spec.particles.length);
    const inputs = Object.entries(spec.inputs).map(([name, { features }]) => [name, new Moments(features.length)]);
    this.#inputs = Object.fromEntries(inputs);
  }

  add(events: HostEvents): void {
    const weights = events.weights?.map(Math.abs);
    this.#addPartons(events, weights);
    const inputs = networkInputs(this.#representation, events);
    for (const name of Object.keys(this.#inputs)) this.#addInput(name, inputs[name]!, weights);
    this.#events += events.size;
    if (!events.weights) return;
    this.#weighted = true;
    for (const weight of events.weights) this.#weights += weight;
  }

  #addPartons(events: HostEvents, weights: Float32Array | undefined): void {
    const partons = truePartons(events);
    const numbers = this.#representation?.encode(partons, events) ?? partons;
    if (this.#roundTrip) this.#roundTrip.add(partons, numbers as Float64Array, events);
    const row = new Float64Array(numbers.length / events.size);
    for (let event = 0; event < events.size; event++) {
      for (let i = 0; i < row.length; i++) row[i] = numbers[event * row.length + i]!;
      this.#partons.add(row, weights?.[event] ?? 1);
      for (const [column, values] of this.#ranked) values.push(row[column]!);
      if (weights) this.#rankedWeights.push(weights[event]!);
      this.#addEnergies(partons, event, weights?.[event] ?? 1);
    }
  }

  #addEnergies(partons: Float32Array, event: number, weight: number): void {
    const energySquared = new Float64Array(this.#spec.particles.length);
    for (let i = 0; i < energySquared.length; i++) {
      const logE = partons[(event * energySquared.length + i) * QUANTITIES.length + ENERGY]!;
      energySquared[i] = Math.exp(2 * logE);
      if (logE > this.#largestLogEnergy) this.#largestLogEnergy = logE;
    }
    this.#energySquared.add(energySquared, weight);
  }

  #addInput(name: string, { features, mask }: HostObjects, weights: Float32Array | undefined): void {
    const input = this.#spec.inputs[name]!;
    const width = input.features.length;
    const row = new Float64Array(width);
    for (let object = 0; object < mask.length; object++) {
      if (mask[object] === 0) continue;
      for (const [i, feature] of input.features.entries()) {
        const value = features[object * width + i]!;
        row[i] = feature.scaling === 'log' ? Math.log(Math.max(value, LOG_FLOOR)) : value;
      }
      this.#inputs[name]!.add(row, weights?.[Math.floor(object / input.capacity)] ?? 1);
    }
  }

  /** @throws UserError as `fitScaling`. */
  scaling(): EventScaling {
    this.#roundTrip?.check();
    const inputs = Object.entries(this.#spec.inputs).map(([name, { features }]): [string, ColumnScaling] => {
      const { mean, standardDeviation } = this.#inputs[name]!;
      const raw = features.map(({ scaling }) => scaling === 'none');
      return [
        name,
        {
          mean: mean.map((value, i) => (raw[i] ? 0 : value)),
          standardDeviation: standardDeviation.map((value, i) => (raw[i] ? 1 : value)),
          log: Uint8Array.from(features, ({ scaling }) => (scaling === 'log' ? 1 : 0)),
        },
      ];
    });
    const { mean, standardDeviation } = this.#partons;
    const scaling: EventScaling = {
      ...(this.#representation && { representation: this.#representation }),
      partons: { mean, standardDeviation, log: new Uint8Array(mean.length) },
      ...(this.#ranked.size > 0 && { normalScores: this.#normalScores() }),
      ...(this.#asinh.size > 0 && { asinh: this.#asinh }),
      inputs: Object.fromEntries(inputs),
      energySquared: this.#energySquared.standardDeviation,
      largestEnergy: Math.exp(this.#largestLogEnergy),
    };
    return this.#weighted ? { ...scaling, meanWeight: this.#meanWeight() } : scaling;
  }

  #normalScores(): ReadonlyMap<number, NormalScores> {
    const weights = this.#weighted ? this.#rankedWeights : undefined;
    return new Map([...this.#ranked].map(([column, values]) => [column, fitNormalScores(values, weights)]));
  }

  #meanWeight(): number {
    const mean = this.#weights / this.#events;
    if (!(mean > 0)) throw new UserError(`invalid event weights: expected a positive mean, got ${mean}`);
    return mean;
  }
}

/** Columns that get normal scores, each with an empty list: those of the quantities, and those that always do. */
function rankedColumns({ columns }: Representation, quantities: readonly Quantity[]): [number, number[]][] {
  checkHas(columns, quantities, 'normalScores');
  const isRanked = ({ quantity, normalScores }: RepresentedColumn): boolean =>
    normalScores === true || (quantity !== undefined && quantities.includes(quantity));
  const ranked = [...columns.keys()].filter((i) => isRanked(columns[i]!));
  return ranked.map((i) => [i, []]);
}

/** Columns of the quantities, but for those that always get normal scores. */
function asinhColumns({ columns }: Representation, quantities: readonly Quantity[]): number[] {
  checkHas(columns, quantities, 'asinh');
  return [...columns.keys()].filter((i) => {
    const { quantity, normalScores } = columns[i]!;
    return quantity !== undefined && quantities.includes(quantity) && !normalScores;
  });
}

/** @throws UserError that names the option, for a quantity that no column is of. */
function checkHas(columns: readonly RepresentedColumn[], quantities: readonly Quantity[], option: string): void {
  const absent = quantities.find((quantity) => !columns.some((column) => column.quantity === quantity));
  if (absent === undefined) return;
  const known = QUANTITIES.filter((quantity) => columns.some((column) => column.quantity === quantity));
  throw new UserError(
    `invalid scaling.${option}: the representation has no ${absent}; expected one of ${known.join(', ')}`,
  );
}

const ENERGY = QUANTITIES.indexOf('logE');

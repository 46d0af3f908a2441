import { type EventSpec, type Metric, type Rng, type SortedSample, UserError } from '@unfold-zoo/core';
import { type Resampling, resampleEvents } from './bootstrap.js';
import { type DistanceReport, type ReplicatedValue, summariseCells } from './distance-report.js';
import { KINEMATIC_QUANTITIES, kinematicQuantity } from './kinematics.js';
import { defaultMetrics } from './metrics.js';
import { momentaOf, type PartonColumns, selectEvents } from './parton-columns.js';
import { type NumberColumn, sortWithOrder } from './radix-sort.js';
import { checkValues, checkWeights } from './sorted-sample.js';

/** What `evaluateDistances` compares, and how. */
export interface Evaluation {
  readonly spec: EventSpec;
  readonly truth: PartonColumns;
  readonly predicted: PartonColumns;
  /** The six of Table 1 unless given. */
  readonly metrics?: readonly Metric[];
  readonly bootstrap?: {
    /** Replicas for the standard errors; 50 unless given, 0 for no errors. */
    readonly replicas?: number;
    /**
     * `paired`, the default: prediction i unfolds truth event i, so both are drawn together. `independent`: the two
     * samples have nothing to do with each other, and may differ in size.
     */
    readonly pairing?: 'paired' | 'independent';
  };
  /** Draws the replicas and the events of the floor. */
  readonly rng: Rng;
  /** Truth that is independent of `truth`, at least as many events as the predictions: as many of them are drawn. */
  readonly floor?: PartonColumns;
  /** Called after each particle and quantity. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Every metric for every particle and quantity, and their sums, with bootstrap standard errors (paper, app. C to E).
 * One quantity at a time is in memory, besides the five columns of a particle and a byte per event and replica.
 *
 * A resampled pair is further apart than the sample itself, by the noise that resampling adds. The errors are the
 * replicas' scatter: they say how sure a distance is, not how far it is above the floor.
 * @throws UserError for numbers that are not finite, samples that cannot be paired, or too few events for the floor.
 */
export function evaluateDistances(evaluation: Evaluation): DistanceReport {
  const { spec, metrics = defaultMetrics, bootstrap = {}, onProgress } = evaluation;
  const { replicas = 50, pairing = 'paired' } = bootstrap;
  checkMetrics(metrics);
  checkReplicas(replicas);
  const { truth, others } = drawSamples(evaluation, replicas, pairing);
  const cells = others.map(() => metrics.map(() => spec.particles.map((): ReplicatedValue[] => [])));
  let done = 0;
  for (const [index, particle] of spec.particles.entries()) {
    const readers = [truth, ...others].map((sample) => quantityReader(sample, index, particle.label));
    for (const quantity of KINEMATIC_QUANTITIES) {
      const [ofTruth, ...ofOthers] = readers.map((read) => read(quantity));
      for (const [other, values] of compareAll(metrics, ofTruth!, ofOthers, replicas).entries())
        for (const [metric, value] of values.entries()) cells[other]![metric]![index]!.push(value);
      onProgress?.(++done, spec.particles.length * KINEMATIC_QUANTITIES.length);
    }
  }
  const [predicted, floor] = others;
  return {
    topology: spec.name,
    particles: spec.particles,
    quantities: KINEMATIC_QUANTITIES,
    metrics: metrics.map((metric) => metric.label),
    events: {
      truth: truth.columns.count,
      predicted: predicted!.columns.count,
      ...(floor && { floor: floor.columns.count }),
    },
    bootstrap: { replicas, pairing },
    distances: summariseCells(cells[0]!),
    ...(floor && { floor: summariseCells(cells[1]!) }),
  };
}

/** A sample and its bootstrap draws. */
interface DrawnSample {
  /** What errors call it. */
  readonly name: string;
  readonly columns: PartonColumns;
  readonly draws: Resampling;
}

function drawSamples(
  { truth, predicted, floor, rng }: Evaluation,
  replicas: number,
  pairing: 'paired' | 'independent',
): { truth: DrawnSample; others: DrawnSample[] } {
  const sample = (name: string, columns: PartonColumns, draws?: Resampling): DrawnSample => {
    if (columns.count === 0) throw new UserError(`invalid ${name} partons: there are none, and at least one is needed`);
    if (columns.weights) checkWeights(columns.weights, columns.count, `${name} partons`);
    return { name, columns, draws: draws ?? resampleEvents(columns.count, replicas, rng.fork(name)) };
  };
  if (pairing === 'paired' && truth.count !== predicted.count)
    throw new UserError(
      `invalid predicted partons: expected ${truth.count}, one for each true event, got ${predicted.count}; pairing "independent" takes samples of different sizes`,
    );
  const drawnTruth = sample('true', truth);
  const others = [sample('predicted', predicted, pairing === 'paired' ? drawnTruth.draws : undefined)];
  if (floor) others.push(sample('floor', drawEvents(floor, predicted.count, rng.fork('floor events'))));
  return { truth: drawnTruth, others };
}

/** `count` different events of a larger sample. */
function drawEvents(columns: PartonColumns, count: number, rng: Rng): PartonColumns {
  if (columns.count < count)
    throw new UserError(
      `invalid floor: expected at least ${count} events, as many as are predicted, got ${columns.count}`,
    );
  if (columns.count === count) return columns;
  const events = new Uint32Array(columns.count);
  for (let i = 0; i < events.length; i++) events[i] = i;
  return selectEvents(columns, rng.shuffle(events).slice(0, count));
}

/** One quantity of one particle, sorted, and its bootstrap replicas. */
interface ReplicatedSample {
  readonly whole: SortedSample;
  /** The same values, weighted by how often each was drawn. Valid until the next call. */
  replica(index: number): SortedSample;
}

function quantityReader(
  { name, columns, draws }: DrawnSample,
  particle: number,
  label: string,
): (quantity: (typeof KINEMATIC_QUANTITIES)[number]) => ReplicatedSample {
  const momenta = momentaOf(columns, particle);
  return (quantity) => {
    const column = kinematicQuantity(momenta, quantity);
    checkValues(column, `${name} ${quantity} of ${label}`);
    return replicatedSample(column, columns.weights, draws);
  };
}

function replicatedSample(
  column: Float64Array,
  eventWeights: NumberColumn | undefined,
  draws: Resampling,
): ReplicatedSample {
  const { values, order } = sortWithOrder(column);
  const weights = new Float64Array(order.length);
  if (eventWeights) for (let k = 0; k < order.length; k++) weights[k] = eventWeights[order[k]!]!;
  const whole = eventWeights ? { values, weights: weights.slice() } : { values };
  const replica = (index: number): SortedSample => {
    const counts = draws[index]!;
    for (let k = 0; k < order.length; k++) weights[k] = counts[order[k]!]!;
    if (whole.weights) for (let k = 0; k < order.length; k++) weights[k]! *= whole.weights[k]!;
    return { values, weights };
  };
  return { whole, replica };
}

/** [other][metric]: the distance of each other sample to the truth, in the samples themselves and in each replica. */
function compareAll(
  metrics: readonly Metric[],
  truth: ReplicatedSample,
  others: readonly ReplicatedSample[],
  replicas: number,
): ReplicatedValue[][] {
  const results = others.map(({ whole }) =>
    metrics.map((metric) => ({
      value: metric.distance(truth.whole, whole),
      replicas: new Float64Array(replicas),
    })),
  );
  for (let r = 0; r < replicas; r++) {
    const truthReplica = truth.replica(r);
    for (const [i, other] of others.entries()) {
      const otherReplica = other.replica(r);
      for (const [j, metric] of metrics.entries())
        results[i]![j]!.replicas[r] = metric.distance(truthReplica, otherReplica);
    }
  }
  return results;
}

function checkMetrics(metrics: readonly Metric[]): void {
  if (metrics.length === 0) throw new UserError('missing metrics: the list is empty, and needs at least one');
  const labels = metrics.map(({ label }) => label);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw new UserError(`duplicate metrics: "${twice}" is listed twice; keep one of them`);
}

function checkReplicas(replicas: number): void {
  if (!Number.isInteger(replicas) || replicas < 0 || replicas === 1)
    throw new UserError(`invalid bootstrap replicas: expected 0 for no errors, or 2 and more, got ${replicas}`);
}

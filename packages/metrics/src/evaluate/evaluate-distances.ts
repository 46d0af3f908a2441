import { type EventSpec, type Metric, type Rng, UserError } from '@unfold-zoo/core';
import { KINEMATIC_QUANTITIES } from '@unfold-zoo/core/events';
import type { SampleFacts } from '../bootstrap/ordered-sample.js';
import { blocksOf, type Draws, drawReplicas, replicaTotals } from '../bootstrap/replicas.js';
import { defaultMetrics, recipeOf } from '../distances/metrics.js';
import type { NumberColumn } from '../distances/radix-sort.js';
import { checkWeights } from '../distances/sorted-sample.js';
import { type PartonColumns, quantityColumn, selectEvents } from '../kinematics/parton-columns.js';
import { LARGEST_ARRAY, ScratchFile } from '../scratch/scratch-file.js';
import type { MetricAssembly } from './assemble-metrics.js';
import type { Recipe } from './compare-column.js';
import { compareInThreads } from './compare-in-threads.js';
import {
  type ComparisonSetup,
  compareQuantity,
  type InvalidValue,
  type QuantityJob,
  type QuantityResult,
} from './compare-quantity.js';
import { type DistanceReport, type ReplicatedValue, summariseCells } from './distance-report.js';
import type { ModelDistances } from './seeds.js';

const DEFAULT_REPLICAS = 50;

interface CommonEvaluation {
  readonly spec: EventSpec;
  readonly truth: PartonColumns;
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
  /**
   * Bytes, 128 MiB unless given. A table of replicas that is larger lies in the folder for temporary files. Results do
   * not depend on it.
   */
  readonly largestArray?: number;
  /** Called after each particle and quantity. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What `evaluateDistances` compares, and how. */
export interface SampleEvaluation extends CommonEvaluation {
  readonly predicted: PartonColumns;
}

/** The draws of one model. */
export interface ModelDraws {
  readonly label: string;
  readonly predicted: PartonColumns;
}

/** What `evaluateModels` compares, and how. */
export interface ModelsEvaluation extends CommonEvaluation {
  /** All with the same number of events, so that one floor serves them. */
  readonly models: readonly ModelDraws[];
  /**
   * Threads that compute, at most: fewer where they would hold more than four of the largest arrays, and the calling
   * one alone unless given. Results do not depend on it.
   */
  readonly threads?: number;
  /** From what each thread assembles the metrics of plugins; without it the calling thread alone computes those. */
  readonly metricAssembly?: MetricAssembly;
  /** Told if the calling thread alone computes metrics of plugins, and why; a warning of the process unless given. */
  readonly onWarning?: (message: string) => void;
  /** Told of a model with numbers that are not finite, which is then left out; without it such a model is an error. */
  readonly onInvalid?: (label: string, problem: UserError) => void;
}

/**
 * Every metric for every particle and quantity, and their sums, with bootstrap standard errors (paper, app. C to E).
 * One quantity at a time is in memory, besides the five columns of a particle and a byte per event and replica.
 *
 * A resampled pair is further apart than the sample itself, by the noise that resampling adds. The errors are the
 * replicas' scatter: they say how sure a distance is, not how far it is above the floor.
 * @throws UserError for numbers that are not finite, samples that cannot be paired, or too few events for the floor.
 */
export function evaluateDistances({ predicted, ...evaluation }: SampleEvaluation): DistanceReport {
  const whole = { ...evaluation, models: [{ label: 'predicted', predicted }] };
  using scratch = scratchFor(whole);
  const plan = planOf(whole, scratch);
  for (const job of jobsOf(plan))
    plan.receive(
      job,
      compareQuantity(plan.comparison, plan.pluginMetrics, (sample) => columnOf(plan, job, sample)),
    );
  return reportsOf(plan)[0]!.report;
}

/**
 * `evaluateDistances` of several models with the same truth: it is read and sorted once for all, there is one floor,
 * and the replicas draw the same events for every model, so that differences of models have errors of their own.
 *
 * In memory, besides what the caller holds: per thread 12 bytes an event for the truth, 24 for the sample that is
 * sorted, and 12 an event of both while they are compared; 8 more an event of every sample with several threads. A byte
 * per event and replica for the truth, for the floor and for predictions that are not paired, while that is less than
 * `largestArray`; else 4 bytes an event.
 * @throws UserError as `evaluateDistances`.
 */
export async function evaluateModels(evaluation: ModelsEvaluation): Promise<ModelDistances[]> {
  const { threads = 1, metricAssembly, onWarning = (message) => process.emitWarning(message) } = evaluation;
  if (!Number.isInteger(threads) || threads < 1)
    throw new UserError(`invalid threads: expected a whole number of 1 and more, got ${threads}`);
  using scratch = scratchFor(evaluation);
  const plan = planOf(evaluation, scratch);
  await compareInThreads({
    comparison: plan.comparison,
    pluginMetrics: plan.pluginMetrics,
    metricAssembly,
    jobs: jobsOf(plan),
    column: (job, sample) => columnOf(plan, job, sample),
    threads: Math.min(threads, plan.total, mostThreads(plan)),
    receive: plan.receive,
    onWarning,
  });
  return reportsOf(plan);
}

/** Columns, and what a comparison knows of them. */
type Sample = SampleFacts & { readonly columns: PartonColumns };

/**
 * A value that is no finite number, where it was found, and which of the models and the floor has no distance for it.
 */
type Problem = InvalidValue & { readonly job: QuantityJob; readonly other: number };

interface Plan {
  readonly evaluation: ModelsEvaluation;
  readonly metrics: readonly Metric[];
  /** Of these, those without a recipe, in the same order. */
  readonly pluginMetrics: readonly Metric[];
  readonly pairing: 'paired' | 'independent';
  /** The truth, the models, and the floor if there is one. */
  readonly samples: readonly Sample[];
  readonly comparison: ComparisonSetup;
  /** [other][metric][particle][quantity]. */
  readonly cells: ReplicatedValue[][][][];
  /** Why samples have no distances. */
  readonly problems: Problem[];
  /** Particles times quantities. */
  readonly total: number;
  receive(job: QuantityJob, result: QuantityResult): void;
}

/** Where the table of replicas is larger than the largest array, the file that it lies in. */
function scratchFor({ truth, models, floor, bootstrap = {}, largestArray = LARGEST_ARRAY }: ModelsEvaluation) {
  const { replicas = DEFAULT_REPLICAS, pairing = 'paired' } = bootstrap;
  const predictions = models[0]?.predicted.count ?? 0;
  const events = truth.count + (pairing === 'independent' ? predictions : 0) + (floor ? predictions : 0);
  return 4 * blocksOf(replicas) * events > largestArray ? new ScratchFile() : undefined;
}

/** Bytes that a thread holds of each value of all samples, about; how many of the largest arrays all threads may. */
const BYTES_OF_VALUE = 40;
const MOST_ARRAYS = 4;

function mostThreads({ samples, evaluation: { largestArray = LARGEST_ARRAY } }: Plan): number {
  const values = samples.reduce((sum, { count }) => sum + count, 0);
  return Math.max(1, Math.floor((MOST_ARRAYS * largestArray) / (BYTES_OF_VALUE * values)));
}

function columnOf({ samples }: Plan, job: QuantityJob, sample: number): Float64Array {
  return quantityColumn(samples[sample]!.columns, job);
}

function planOf(evaluation: ModelsEvaluation, scratch: ScratchFile | undefined): Plan {
  const { spec, metrics = defaultMetrics, bootstrap = {}, onProgress } = evaluation;
  const { replicas = DEFAULT_REPLICAS, pairing = 'paired' } = bootstrap;
  checkMetrics(metrics);
  checkReplicas(replicas);
  const { samples, draws } = drawSamples(evaluation, replicas, pairing, scratch);
  const recipes = metrics.map(recipeOf).filter((recipe): recipe is Recipe => recipe !== undefined);
  const pluginMetrics = metrics.filter((metric) => recipeOf(metric) === undefined);
  const computed = [...metrics.filter((metric) => !pluginMetrics.includes(metric)), ...pluginMetrics];
  const facts = samples.map(({ columns: _, ...sample }) => sample);
  const comparison = { recipes, draws, samples: facts };
  const cells = samples.slice(1).map(() => metrics.map(() => spec.particles.map((): ReplicatedValue[] => [])));
  const problems: Problem[] = [];
  const total = spec.particles.length * KINEMATIC_QUANTITIES.length;
  let done = 0;
  const receive = (job: QuantityJob, result: QuantityResult): void => {
    for (const [other, found] of result.entries()) {
      if ('event' in found) {
        problems.push({ ...found, job, other });
        continue;
      }
      for (const [index, metric] of metrics.entries()) {
        const replicated = found[computed.indexOf(metric)]!;
        cells[other]![index]![job.particle]![KINEMATIC_QUANTITIES.indexOf(job.quantity)] = {
          value: replicated[0]!,
          replicas: replicated.subarray(1),
        };
      }
    }
    onProgress?.(++done, total);
  };
  return { evaluation, metrics, pluginMetrics, pairing, samples, comparison, cells, problems, total, receive };
}

function* jobsOf({ evaluation }: Plan): Generator<QuantityJob, undefined> {
  for (const particle of evaluation.spec.particles.keys())
    for (const quantity of KINEMATIC_QUANTITIES) yield { particle, quantity };
  return undefined;
}

function reportsOf(plan: Plan): ModelDistances[] {
  const { evaluation, metrics, pairing, samples, comparison, cells } = plan;
  const { spec, models } = evaluation;
  const left = modelsLeftOut(plan);
  const floor = evaluation.floor && summariseCells(cells[models.length]!);
  return models.flatMap(({ label, predicted }, model) => {
    if (left.has(model)) return [];
    const report = {
      topology: spec.name,
      particles: spec.particles,
      quantities: KINEMATIC_QUANTITIES,
      metrics: metrics.map((metric) => metric.label),
      events: {
        truth: samples[0]!.count,
        predicted: predicted.count,
        ...(floor && { floor: samples[models.length + 1]!.count }),
      },
      bootstrap: { replicas: comparison.draws.replicas, pairing },
      distances: summariseCells(cells[model]!),
      ...(floor && { floor }),
    };
    return [{ label, report }];
  });
}

/** Tells of models with invalid values, or throws the first problem, whichever thread met it when. */
function modelsLeftOut({ evaluation, samples, problems }: Plan): Set<number> {
  const { models, spec, onInvalid } = evaluation;
  const place = ({ job, sample }: Problem): number =>
    (sample * spec.particles.length + job.particle) * KINEMATIC_QUANTITIES.length +
    KINEMATIC_QUANTITIES.indexOf(job.quantity);
  const left = new Set<number>();
  for (const problem of problems.toSorted((a, b) => place(a) - place(b))) {
    const error = invalidValue(problem, samples, spec.particles[problem.job.particle]!.label);
    const ofModel = problem.sample >= 1 && problem.sample <= models.length;
    if (!ofModel || !onInvalid) throw error;
    if (!left.has(problem.other)) onInvalid(models[problem.other]!.label, error);
    left.add(problem.other);
  }
  return left;
}

/** Names the samples, checks that they fit together, and draws their replicas. */
function drawSamples(
  { truth, models, floor, rng }: ModelsEvaluation,
  replicas: number,
  pairing: 'paired' | 'independent',
  scratch: ScratchFile | undefined,
): { samples: Sample[]; draws: Draws } {
  checkModels(models);
  checkSample('true', truth);
  for (const { label, predicted } of models) {
    if (pairing === 'paired' && predicted.count !== truth.count)
      throw new UserError(
        `invalid ${label} partons: expected ${truth.count}, one for each true event, got ${predicted.count}; ` +
          'pairing "independent" takes samples of different sizes',
      );
    checkSample(label, predicted);
  }
  const count = models[0]!.predicted.count;
  const drawn = floor && drawEvents(floor, count, rng.fork('floor events'));
  if (drawn) checkSample('floor', drawn);
  const ofPredictions = models.map(({ predicted }) => predicted);
  const tables = [
    { name: 'true', count: truth.count, weights: weightsOf([truth, ...(pairing === 'paired' ? ofPredictions : [])]) },
    ...(pairing === 'independent' ? [{ name: 'predicted', count, weights: weightsOf(ofPredictions) }] : []),
    ...(drawn ? [{ name: 'floor', count, weights: weightsOf([drawn]) }] : []),
  ];
  const draws = drawReplicas(tables, replicas, rng, scratch);
  const ofModels = pairing === 'independent' ? truth.count : 0;
  const sample = (name: string, columns: PartonColumns, offset: number): Sample => ({
    name,
    columns,
    offset,
    count: columns.count,
    totals: replicaTotals(draws, offset, columns.count, columns.weights),
    ...(columns.weights && { weights: columns.weights }),
  });
  const samples = [
    sample('true', truth, 0),
    ...models.map(({ label, predicted }) => sample(label, predicted, ofModels)),
  ];
  if (drawn) samples.push(sample('floor', drawn, truth.count + ofModels));
  return { samples, draws };
}

function weightsOf(samples: readonly PartonColumns[]): NumberColumn[] {
  return samples.flatMap(({ weights }) => (weights ? [weights] : []));
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

function checkModels(models: readonly ModelDraws[]): void {
  if (models.length === 0) throw new UserError('missing models: the list is empty, and needs at least one');
  const labels = models.map(({ label }) => label);
  const twice = labels.find((label, i) => labels.indexOf(label) !== i);
  if (twice !== undefined) throw new UserError(`duplicate models: "${twice}" is listed twice; name one differently`);
  const other = models.find(({ predicted }) => predicted.count !== models[0]!.predicted.count);
  if (other)
    throw new UserError(
      `invalid ${other.label} partons: expected ${models[0]!.predicted.count} events, as many as of ${labels[0]}, ` +
        `got ${other.predicted.count}`,
    );
}

function checkSample(name: string, { count, weights }: PartonColumns): void {
  if (count === 0) throw new UserError(`invalid ${name} partons: there are none, and at least one is needed`);
  if (weights) checkWeights(weights, count, `${name} partons`);
}

function invalidValue({ sample, event, value, job }: Problem, samples: readonly Sample[], particle: string): UserError {
  return new UserError(
    `invalid ${samples[sample]!.name} ${job.quantity} of ${particle}: value ${event} is ${value}, ` +
      'and must be a finite number',
  );
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

import {
  component,
  type EvaluatedDraws,
  Evaluator,
  type EventSource,
  EventSpec,
  type Findings,
  type HostEvents,
  QUANTITIES,
  type Rng,
  type Split,
  type Table,
  UserError,
} from '@unfold-zoo/core';
import { sequentialBatches, truePartons } from '@unfold-zoo/core/events';
import { z } from 'zod';
import { type JetColumns, jetColumns, trijetPt } from './trijet.js';
import { fitResponse, type Response, unfoldIteratively } from './unfold-iteratively.js';

const iterativeUnfoldingOptions = z.object({
  particle: z.string().default('hadronic_top').describe('Particle whose transverse momentum is unfolded'),
  input: z.string().default('objects').describe('Input of the event description that holds the jets'),
  bins: z.int().min(2).default(8).describe('True bins, each with the same share of the training events'),
  measuredBins: z.int().min(2).default(16).describe('Bins of the trijet; as many as the true ones or more'),
  iterations: z
    .int()
    .positive()
    .default(4)
    .describe('Iterations; fewer keep more of the spectrum of the training events'),
  replicas: z.int().min(2).default(100).describe('Poisson replicas of the measured counts, for the errors'),
});

/** Parsed options of the evaluator `iterative-unfolding`. */
export type IterativeUnfoldingOptions = z.output<typeof iterativeUnfoldingOptions>;

/** One number of each event, with the events' weights. */
interface Column {
  readonly values: Float64Array;
  readonly weights: Float64Array;
}

/** True and measured transverse momentum, GeV, of the same events; a measured one is NaN where there is no trijet. */
interface Pairs {
  readonly truth: Column;
  readonly measured: Column;
}

/**
 * Unfolds the trijet's transverse momentum to that of a particle with the response of the training split, and shows it
 * beside the truth and the model's draws.
 */
export class IterativeUnfolding implements Evaluator {
  readonly #options: IterativeUnfoldingOptions;
  readonly #spec: EventSpec;
  readonly #particle: number;
  readonly #columns: JetColumns;
  readonly #rng: Rng;

  /** Throws a `UserError` for a topology without the particle or the jets. */
  constructor(spec: EventSpec, options: IterativeUnfoldingOptions, rng: Rng) {
    const names = spec.particles.map(({ name }) => name);
    if (!names.includes(options.particle)) {
      throw new UserError(`unknown particle: "${options.particle}"; expected one of ${names.join(', ')}`);
    }
    this.#options = options;
    this.#spec = spec;
    this.#particle = names.indexOf(options.particle);
    this.#columns = jetColumns(spec, options.input);
    this.#rng = rng;
  }

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const { source, split, start, events } = drawn;
    const training = await this.#read(source, 'train', 0, source.count('train'));
    const tested = await this.#read(source, split, start, events);
    const edges = equalShares(training.truth, this.#options.bins);
    const measuredEdges = equalShares(training.measured, this.#options.measuredBins);
    const response = fitResponse(counts2d(training, edges, measuredEdges));
    const truth = counts(tested.truth, edges);
    const unfolded = this.#unfold(tested.measured, measuredEdges, response);
    const predicted = counts(this.#drawnColumn(drawn, tested.truth.weights), edges);
    return { tables: [this.#table(drawn, edges, { truth, unfolded, predicted })] };
  }

  async #read(source: EventSource, split: Split, start: number, count: number): Promise<Pairs> {
    const blocks: Pairs[] = [];
    const range = { batchSize: source.blockSize, start, limit: count };
    for await (const block of sequentialBatches(source, split, range)) blocks.push(this.#pairs(block));
    const joined = (pick: (block: Pairs) => Column): Column => ({
      values: Float64Array.from(blocks.flatMap((block) => [...pick(block).values])),
      weights: Float64Array.from(blocks.flatMap((block) => [...pick(block).weights])),
    });
    return { truth: joined(({ truth }) => truth), measured: joined(({ measured }) => measured) };
  }

  #pairs(block: HostEvents): Pairs {
    const weights = Float64Array.from(block.weights ?? new Float32Array(block.size).fill(1));
    const measured = trijetPt(block, this.#options.input, this.#columns);
    return { truth: { values: this.#pt(truePartons(block)), weights }, measured: { values: measured, weights } };
  }

  /** Row-major [n, P] -> [n], GeV. */
  #pt(partons: Float32Array): Float64Array {
    const width = this.#spec.particles.length * QUANTITIES.length;
    const first = this.#particle * QUANTITIES.length;
    const [x, y] = [first + QUANTITIES.indexOf('px'), first + QUANTITIES.indexOf('py')];
    return Float64Array.from({ length: partons.length / width }, (_, event) =>
      Math.hypot(partons[event * width + x]!, partons[event * width + y]!),
    );
  }

  /** Every draw has its share of the weight of its event. */
  #drawnColumn({ partons, draws }: EvaluatedDraws, weights: Float64Array): Column {
    const values = this.#pt(partons);
    return { values, weights: values.map((_, i) => weights[Math.floor(i / draws)]! / draws) };
  }

  /** Unfolded counts, and the standard deviation of those of Poisson replicas of the measured ones. */
  #unfold(column: Column, edges: readonly number[], response: Response): { values: number[]; errors: number[] } {
    const { iterations, replicas } = this.#options;
    const measured = counts(column, edges);
    const squares = counts({ ...column, weights: column.weights.map((weight) => weight ** 2) }, edges);
    const rng = this.#rng.fork('replicas');
    const again = Array.from({ length: replicas }, () =>
      unfoldIteratively(
        measured.map((count, j) => weightedPoisson(count, squares[j]!, rng)),
        response,
        iterations,
      ),
    );
    const values = unfoldIteratively(measured, response, iterations);
    return { values, errors: values.map((_, i) => standardDeviation(again.map((each) => each[i]!))) };
  }

  #table({ label }: EvaluatedDraws, edges: readonly number[], found: Found): Table {
    const { truth, unfolded, predicted } = found;
    const particle = this.#spec.particles[this.#particle]!.label;
    const number = (count: number): string => count.toFixed(1);
    const rows = truth.map((count, i) => ({
      label: binLabel(edges, i),
      origin: 'model' as const,
      cells: [number(count), `${number(unfolded.values[i]!)} ± ${number(unfolded.errors[i]!)}`, number(predicted[i]!)],
    }));
    const misplaced = [unfolded.values, predicted].map(
      (counts) => `${(100 * misplacedShare(counts, truth)).toFixed(1)} %`,
    );
    return {
      title: `Transverse momentum of ${particle}: events in each bin`,
      heading: 'p_T [GeV]',
      columns: [
        { label: 'Truth', origin: 'model' },
        { label: 'Iterative unfolding', origin: 'model' },
        { label, origin: 'model' },
      ],
      rows: [...rows, { label: 'In a wrong bin', origin: 'sum', cells: ['', ...misplaced] }],
      notes: [
        `Iterative unfolding: ${this.#options.iterations} iterations from the trijet, response of the training ` +
          'events; its errors are those of the measured counts alone.',
        'In a wrong bin: half the sum over bins of the differences to the truth, both as shares of all events.',
      ],
    };
  }
}

/** Counts [bins]. */
interface Found {
  readonly truth: readonly number[];
  readonly unfolded: { readonly values: readonly number[]; readonly errors: readonly number[] };
  readonly predicted: readonly number[];
}

/** The inner edges of bins of equal weight; the first bin has no lower end and the last no upper one. */
function equalShares({ values, weights }: Column, bins: number): number[] {
  const order = [...values.keys()].filter((i) => !Number.isNaN(values[i]!)).sort((a, b) => values[a]! - values[b]!);
  if (order.length < bins)
    throw new UserError(`too few training events: ${order.length} can be measured, for ${bins} bins`);
  const total = order.reduce((sum, i) => sum + weights[i]!, 0);
  const edges: number[] = [];
  let below = 0;
  for (const i of order) {
    if (edges.length < bins - 1 && below >= (total * (edges.length + 1)) / bins) edges.push(values[i]!);
    below += weights[i]!;
  }
  return edges;
}

/** The bin of a value; one more than the last for NaN. */
function binOf(value: number, edges: readonly number[]): number {
  if (Number.isNaN(value)) return edges.length + 1;
  const above = edges.findIndex((edge) => value < edge);
  return above < 0 ? edges.length : above;
}

function counts({ values, weights }: Column, edges: readonly number[]): number[] {
  const found = Array<number>(edges.length + 2).fill(0);
  for (const [i, value] of values.entries()) found[binOf(value, edges)]! += weights[i]!;
  return found.slice(0, -1);
}

/** [true bins][measured bins + 1]. */
function counts2d({ truth, measured }: Pairs, edges: readonly number[], measuredEdges: readonly number[]): number[][] {
  const found = Array.from({ length: edges.length + 1 }, () => Array<number>(measuredEdges.length + 2).fill(0));
  for (const [i, value] of truth.values.entries())
    found[binOf(value, edges)]![binOf(measured.values[i]!, measuredEdges)]! += truth.weights[i]!;
  return found;
}

/** A multiple of a Poisson number with the mean and the variance of a sum of weights (Bohm and Zech 2014). */
function weightedPoisson(sum: number, sumOfSquares: number, rng: Rng): number {
  if (sum <= 0) return 0;
  const scale = sumOfSquares / sum;
  return scale * poisson(sum / scale, rng);
}

/** Events until their waiting times add up to the mean; of large means, the normal that it is close to. */
function poisson(mean: number, rng: Rng): number {
  if (mean > 1000) return Math.max(0, Math.round(mean + Math.sqrt(mean) * rng.normal()));
  let [count, time] = [0, rng.exponential()];
  for (; time < mean; time += rng.exponential()) count++;
  return count;
}

function standardDeviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** The total variation distance of two spectra. */
function misplacedShare(counts: readonly number[], truth: readonly number[]): number {
  const [total, all] = [counts, truth].map((each) => each.reduce((sum, count) => sum + count, 0) || 1);
  return counts.reduce((sum, count, i) => sum + Math.abs(count / total! - truth[i]! / all!), 0) / 2;
}

function binLabel(edges: readonly number[], bin: number): string {
  const [low, high] = [edges[bin - 1], edges[bin]].map((edge) => edge?.toFixed(0));
  if (high === undefined) return `above ${low}`;
  return low === undefined ? `below ${high}` : `${low} to ${high}`;
}

export const iterativeUnfolding = component(Evaluator, 'iterative-unfolding', {
  description: "D'Agostini's iterative Bayesian unfolding of a particle's transverse momentum from three jets",
  options: iterativeUnfoldingOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new IterativeUnfolding(spec, options, rng),
});

import {
  component,
  type EvaluatedDraws,
  Evaluator,
  type EventSource,
  EventSpec,
  type HostEvents,
  type Split,
  UserError,
} from '@unfold-zoo/core';
import { QUANTITIES, sequentialBatches, truePartons } from '@unfold-zoo/core/events';
import type { Findings, Table } from '@unfold-zoo/core/findings';
import {
  Binning,
  type BinSums,
  fillResponse,
  iterativeBayesOptions,
  iterativeBayesUnfolder,
  type Response,
  sumBins,
} from '@unfold-zoo/measurement';
import { z } from 'zod';
import { type JetColumns, jetColumns, trijetPt } from './trijet.js';

const iterativeUnfoldingOptions = z.object({
  particle: z.string().default('hadronic_top').describe('Particle whose transverse momentum is unfolded'),
  input: z.string().default('objects').describe('Input of the event description that holds the jets'),
  bins: z.int().min(3).default(8).describe('True bins, each with the same share of the training events'),
  measuredBins: z.int().min(3).default(16).describe('Bins of the trijet; as many as the true ones or more'),
  iterations: z
    .int()
    .positive()
    .default(4)
    .describe('Iterations; fewer keep more of the spectrum of the training events'),
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

  /** Throws a `UserError` for a topology without the particle or the jets. */
  constructor(spec: EventSpec, options: IterativeUnfoldingOptions) {
    const names = spec.particles.map(({ name }) => name);
    if (!names.includes(options.particle)) {
      throw new UserError(`unknown particle: "${options.particle}"; expected one of ${names.join(', ')}`);
    }
    this.#options = options;
    this.#spec = spec;
    this.#particle = names.indexOf(options.particle);
    this.#columns = jetColumns(spec, options.input);
  }

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const { source, split, start, events } = drawn;
    const training = await this.#read(source, 'train', 0, source.count('train'));
    const tested = await this.#read(source, split, start, events);
    const bins = equalShares(training.truth, this.#options.bins);
    const measuredBins = equalShares(training.measured, this.#options.measuredBins);
    const truth = [...sums(tested.truth, bins).sums];
    const unfolded = this.#unfold(sums(tested.measured, measuredBins), responseOf(training, bins, measuredBins), bins);
    const predicted = [...sums(this.#drawnColumn(drawn, tested.truth.weights), bins).sums];
    return { tables: [this.#table(drawn, bins, { truth, unfolded, predicted })] };
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

  /** Unfolded counts, and their errors from those of the measured ones. */
  #unfold({ sums: found, squares }: BinSums, response: Response, bins: Binning): Unfolded {
    const { iterations } = this.#options;
    const unfolder = iterativeBayesUnfolder(iterativeBayesOptions.parse({ iterations }));
    const variances = [...squares].map((square, i) => [...squares].map((_, j) => (i === j ? square : 0)));
    const measured = { counts: [...found], covariance: variances };
    const { values, covariance } = unfolder.unfold({ response, measured, chains: bins.chains });
    return { values, errors: covariance.map((row, i) => Math.sqrt(row[i]!)) };
  }

  #table({ label }: EvaluatedDraws, bins: Binning, found: Found): Table {
    const { truth, unfolded, predicted } = found;
    const particle = this.#spec.particles[this.#particle]!.label;
    const number = (count: number): string => count.toFixed(1);
    const rows = truth.map((count, i) => ({
      label: bins.labelOf(i),
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

/** Counts [bins] and their standard deviations. */
interface Unfolded {
  readonly values: readonly number[];
  readonly errors: readonly number[];
}

/** Counts [bins]. */
interface Found {
  readonly truth: readonly number[];
  readonly unfolded: Unfolded;
  readonly predicted: readonly number[];
}

/** Bins of equal weight: underflow and overflow are the first and the last of them. */
function equalShares({ values, weights }: Column, bins: number): Binning {
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
  return new Binning([edges]);
}

function sums({ values, weights }: Column, bins: Binning): BinSums {
  return sumBins(bins.binsOf([values]), bins.size, weights);
}

function responseOf({ truth, measured }: Pairs, bins: Binning, measuredBins: Binning): Response {
  const events = {
    truth: bins.binsOf([truth.values]),
    detector: measuredBins.binsOf([measured.values]),
    weights: truth.weights,
  };
  return fillResponse(events, { truth: bins.size, detector: measuredBins.size });
}

/** The total variation distance of two spectra. */
function misplacedShare(counts: readonly number[], truth: readonly number[]): number {
  const [total, all] = [counts, truth].map((each) => each.reduce((sum, count) => sum + count, 0) || 1);
  return counts.reduce((sum, count, i) => sum + Math.abs(count / total! - truth[i]! / all!), 0) / 2;
}

export const iterativeUnfolding = component(Evaluator, 'iterative-unfolding', {
  description: "D'Agostini's iterative Bayesian unfolding of a particle's transverse momentum from three jets",
  options: iterativeUnfoldingOptions,
  inject: [EventSpec],
  create: ({ options }, spec) => new IterativeUnfolding(spec, options),
});

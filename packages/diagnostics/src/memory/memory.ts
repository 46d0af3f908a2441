import { component, type EvaluatedDraws, Evaluator, EventSpec, type Rng } from '@unfold-zoo/core';
import { partonWidth } from '@unfold-zoo/core/events';
import type { Findings, Verdict } from '@unfold-zoo/core/findings';
import { z } from 'zod';
import { pairedSample, truthApart } from '../draws/paired-sample.js';
import { resolvedOption, significanceOption, toleranceOption } from '../statistics/verdict-options.js';
import { memoryFigure, memoryTable, memoryVerdict } from './memory-findings.js';
import { memoryTest, neighbourDistances } from './memory-statistics.js';

const share = () => z.number().gt(0).lt(1);

const memoryOptions = z.object({
  significance: significanceOption(0.01, 'Chance that a model that has memorised nothing is called bad'),
  tolerance: toleranceOption(0.05, 'Nearer to training events by this is no matter, as a shift in standard deviations'),
  resolved: resolvedOption(0.2, 'Two standard errors of that shift must be below this, or the verdict is undecided'),
  nearest: share().default(0.01).describe('Share of draws and truth together that counts as unusually near'),
  events: z.int().min(1).default(2_000).describe('Evaluated events whose neighbours are looked for, one draw of each'),
  others: z.int().min(1).default(10_000).describe('Training events to be near to'),
  heldOut: z
    .int()
    .min(1)
    .default(2_000)
    .describe('Events of another split, which the model has not seen, to be near to'),
  flips: z.int().min(99).default(9_999).describe('Random exchanges of draws and truth that chances are found from'),
});

/** Parsed options of the evaluator `memory`. */
export type MemoryOptions = z.output<typeof memoryOptions>;

const NOTHING_TO_COMPARE: Verdict = {
  quantity: 'all momenta together',
  diagnostic: 'memory',
  status: 'undecided',
  badness: 0,
  text: 'no training events with a truth, apart from those that are evaluated',
};

/**
 * Whether the model has learned training events by heart: whether draws are nearer to them than true events are, which
 * it has not seen. Where another split has a truth, distances to training events count relative to those to its events:
 * a posterior that is too narrow is near to both.
 */
export class Memory implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly options: MemoryOptions,
    readonly rng: Rng,
  ) {}

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const training = await truthApart(drawn, 'train', this.options.others);
    if (training.length === 0) return { tables: [], verdicts: [NOTHING_TO_COMPARE] };
    const heldOut = await truthApart(drawn, drawn.split === 'validation' ? 'test' : 'validation', this.options.heldOut);
    const pairs = await pairedSample(drawn, this.options.events);
    const distances = neighbourDistances(this.spec, pairs, { training, heldOut });
    const test = memoryTest(distances.compared, pairs.weights, this.options, this.rng.fork('flips'));
    const width = partonWidth(this.spec);
    const context = {
      trainingEvents: training.length / width,
      heldOutEvents: heldOut.length / width,
      weights: pairs.weights,
    };
    return {
      tables: [memoryTable(distances, test, context)],
      figures: [memoryFigure(distances, context)],
      verdicts: [memoryVerdict(test, this.options, heldOut.length > 0)],
    };
  }
}

export const memoryEvaluator = component(Evaluator, 'memory', {
  description: 'Whether training events are memorised: distances of draws and of truth to the nearest training event',
  options: memoryOptions,
  inject: [EventSpec],
  create: ({ options, rng }, spec) => new Memory(spec, options, rng),
});

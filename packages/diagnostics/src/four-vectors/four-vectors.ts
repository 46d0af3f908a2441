import { component, type EvaluatedDraws, Evaluator, EventSpec } from '@unfold-zoo/core';
import type { Findings } from '@unfold-zoo/core/findings';
import { z } from 'zod';
import { evaluatedBlocks } from '../draws/evaluated-blocks.js';
import { truthSample } from '../draws/truth-sample.js';
import { toleranceOption } from '../statistics/verdict-options.js';
import { decaySums } from './decay-sums.js';
import { FourVectorStatistics } from './four-vector-statistics.js';
import { fourVectorTable, sumTables } from './four-vector-tables.js';
import { fourVectorVerdicts } from './four-vector-verdicts.js';
import type { DecaySum } from './relations.js';

const fourVectorOptions = z.object({
  spacelike: z
    .number()
    .min(0)
    .lt(1)
    .default(0.01)
    .describe("Share of draws with E < |p|, beyond the truth's, that is no matter"),
  tolerance: toleranceOption(
    0.1,
    'How far energies may be off √(m² + p²) and momenta off their sum, in widths of the posterior',
  ),
  precision: z
    .number()
    .min(0)
    .lt(1)
    .default(1e-5)
    .describe('Relative differences of energies and momenta that are rounding: ln E in single precision has 1e-6'),
  sumTolerance: z
    .number()
    .gt(0)
    .lt(1)
    .default(1e-3)
    .describe('How far off a sum of true momenta may be, relative to them, to be taken for a decay'),
});

/** Parsed options of the evaluator `four-vectors`. */
export type FourVectorOptions = z.output<typeof fourVectorOptions>;

/** True events that tell which momenta are sums of which others. */
const EVENTS_OF_SUMS = 200;

/**
 * Whether the numbers that a draw has for a particle, and those of the particles among each other, fit: E² − p² against
 * m², and the sums of daughters against their parents.
 */
export class FourVectors implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly options: FourVectorOptions,
  ) {}

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const statistics = new FourVectorStatistics(this.spec, await this.#decaySums(drawn), this.options.precision);
    for await (const block of evaluatedBlocks(drawn)) statistics.add(block);
    const [found, events] = [statistics.finish(), statistics.effectiveEvents];
    return {
      tables: [
        fourVectorTable(this.spec, found.particles, events, this.options),
        ...sumTables(this.spec, found.sums, this.options),
      ],
      verdicts: fourVectorVerdicts(this.spec, found, events, this.options),
    };
  }

  /** Those of the training events, or of the evaluated ones where there are no training events with a truth. */
  async #decaySums({ source, split, start, events }: EvaluatedDraws): Promise<DecaySum[]> {
    const training = await truthSample(source, 'train', 0, EVENTS_OF_SUMS);
    const truth =
      training.length > 0 ? training : await truthSample(source, split, start, Math.min(events, EVENTS_OF_SUMS));
    return decaySums(this.spec, truth, this.options.sumTolerance);
  }
}

export const fourVectorEvaluator = component(Evaluator, 'four-vectors', {
  description: 'Whether energies, momenta and masses fit: E < |p|, E² − p² against m², daughters against their parents',
  options: fourVectorOptions,
  inject: [EventSpec],
  create: ({ options }, spec) => new FourVectors(spec, options),
});

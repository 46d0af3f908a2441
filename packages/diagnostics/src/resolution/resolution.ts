import { component, type EvaluatedDraws, Evaluator, EventSpec } from '@unfold-zoo/core';
import { KINEMATIC_QUANTITIES } from '@unfold-zoo/core/events';
import type { Findings } from '@unfold-zoo/core/findings';
import { z } from 'zod';
import { evaluatedBlocks } from '../draws/evaluated-blocks.js';
import { truthSample } from '../draws/truth-sample.js';
import { toleranceOption } from '../statistics/verdict-options.js';
import { matchParticles } from './match-particles.js';
import { biasFigure, binnedQuantities, migrationFigure, widthFigure } from './resolution-figures.js';
import { type QuantityErrors, ResolutionStatistics } from './resolution-statistics.js';
import { binTable, errorTable } from './resolution-tables.js';
import { resolutionVerdicts } from './resolution-verdict.js';
import { truthBins } from './truth-bins.js';

const resolutionOptions = z.object({
  quantities: z
    .array(z.enum(KINEMATIC_QUANTITIES))
    .min(1)
    .default(['pt'])
    .describe('Quantities of every particle that are looked at in bins of their truth'),
  bins: z.int().min(2).max(20).default(6).describe('Bins of the truth, of as many events each'),
  sample: z.int().min(1).default(20_000).describe('Events of which the bins are taken'),
  tolerance: toleranceOption(
    0.05,
    'How much worse than the detector the mean of the draws may be, as a share of its width',
  ),
});

/** Parsed options of the evaluator `resolution`. */
export type ResolutionOptions = z.output<typeof resolutionOptions>;

/** Events that tell what the detector sees each particle as. */
const MATCHED_EVENTS = 2000;

/**
 * How near draws and their means are to the truth, beside what the detector reads of the same particles: whether
 * unfolding makes anything sharper.
 */
export class Resolution implements Evaluator {
  constructor(
    readonly spec: EventSpec,
    readonly options: ResolutionOptions,
  ) {}

  async evaluate(drawn: EvaluatedDraws): Promise<Findings> {
    const errors = await this.#errors(drawn);
    const binned = binnedQuantities(errors);
    return {
      tables: [errorTable(this.spec, errors), ...(binned.length > 0 ? [binTable(this.spec, binned)] : [])],
      figures:
        binned.length > 0
          ? [widthFigure(this.spec, binned), biasFigure(this.spec, binned), migrationFigure(this.spec, binned)]
          : [],
      verdicts: resolutionVerdicts(this.spec, errors, this.options),
    };
  }

  async #errors(drawn: EvaluatedDraws): Promise<QuantityErrors[]> {
    const { source, split, start, events } = drawn;
    const truth = await truthSample(source, split, start, Math.min(events, this.options.sample));
    const matched = await source.read(split, start, Math.min(events, MATCHED_EVENTS));
    const statistics = new ResolutionStatistics(
      this.spec,
      matchParticles(this.spec, matched),
      truthBins(this.spec, truth, this.options),
    );
    for await (const block of evaluatedBlocks(drawn)) statistics.add(block);
    return statistics.finish();
  }
}

export const resolutionEvaluator = component(Evaluator, 'resolution', {
  description:
    'Bias and width of draws and of their means beside what the detector reads; migration between bins of the truth',
  options: resolutionOptions,
  inject: [EventSpec],
  create: ({ options }, spec) => new Resolution(spec, options),
});
